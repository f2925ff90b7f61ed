"""One file from a ComfyUI server: asked for without waiting, bounded in bytes and time, or why it did not come."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QByteArray, QObject, QTimer, QUrl, Signal
from PySide6.QtNetwork import QNetworkAccessManager, QNetworkReply, QNetworkRequest

from core.text.translation import gettext as _
from gui.threads.pictures.decoding import MOST_BYTES, NotShown, too_large

SILENCE_MS: Final = 10_000
"""A server that sends nothing for so long is given up."""

LONGEST_MS: Final = 30_000
"""So is one that has not sent all of it by then."""

_BUFFER: Final = 256 * 1024
"""Bytes that Qt reads ahead; the rest waits in the server's own buffers."""

_AWAY: Final = NotShown(
    _("ComfyUI does not answer. Pictures come back once it runs again at the address in Preferences."),
    passing=True,
    server=True,
)
_SLOW: Final = NotShown(_("ComfyUI took too long to send it."), passing=True)
_CUT_OFF: Final = NotShown(_("The connection to ComfyUI broke off half way."), passing=True)
_GONE: Final = NotShown(_("ComfyUI no longer has the file."), missing=True)
_REFUSED: Final = NotShown(
    _("The server refuses this. If it wants a user and a password, put them into the address: http://user:password@…"),
    server=True,
)
_UNTRUSTED: Final = NotShown(_("The server's certificate is not trusted by this computer."), server=True)
_UNFIT: Final = NotShown(_("The server answers otherwise than ComfyUI does."), passing=True)

_Error = QNetworkReply.NetworkError
_UNREACHABLE: Final = frozenset(
    {
        _Error.ConnectionRefusedError,
        _Error.HostNotFoundError,
        _Error.TimeoutError,
        _Error.TemporaryNetworkFailureError,
        _Error.NetworkSessionFailedError,
        _Error.UnknownNetworkError,
    }
)
_MISSING: Final = (404, 410)
_DENIED: Final = (401, 403, 407)
_MOVED: Final = range(300, 400)


def network_for(parent: QObject) -> QNetworkAccessManager:
    """Return what asks servers: it follows nobody elsewhere, keeps nothing, and uses no proxy of its own accord."""
    network = QNetworkAccessManager(parent)
    network.setRedirectPolicy(QNetworkRequest.RedirectPolicy.ManualRedirectPolicy)
    network.setTransferTimeout(SILENCE_MS)
    return network


class Download(QObject):
    """Reads the answer to one GET request.

    Args:
        number: whose it is, for who hears of several.
        most: bytes that are read.

    Signals:
        finished(int, object): the number, and the bytes (QByteArray) or NotShown; told once, unless it is given up
            before. Connect it to a method: a function that holds what owns the network would keep it alive.
    """

    finished = Signal(int, object)

    def __init__(
        self,
        network: QNetworkAccessManager,
        address: str,
        authorisation: str = "",
        *,
        number: int = 0,
        most: int = MOST_BYTES,
    ) -> None:
        super().__init__(network)
        self._number, self._most = number, most
        self._data = QByteArray()
        self._told = False
        self._timer = QTimer(self, singleShot=True, interval=LONGEST_MS)
        self._timer.timeout.connect(self._end_waiting)
        self._reply = network.get(_request(address, authorisation))
        self._reply.setReadBufferSize(_BUFFER)
        self._reply.readyRead.connect(self._take)
        self._reply.metaDataChanged.connect(self._look_at_size)
        self._reply.finished.connect(self._end)
        self._timer.start()

    def give_up(self) -> None:
        """Ask no further; nothing is told any more."""
        self._close()

    def _end_waiting(self) -> None:
        self._tell(_SLOW)

    def _look_at_size(self) -> None:
        """An answer that says that it is too large is not read; room for another is made once, not again and again."""
        stated = self._reply.header(QNetworkRequest.KnownHeaders.ContentLengthHeader)
        if self._told or not isinstance(stated, int):
            return
        if stated > self._most:
            self._tell(too_large(stated))
        else:
            self._data.reserve(stated)

    def _take(self) -> None:
        if self._told or not self._reply.isOpen():  # a silence closes it
            return
        self._data.append(self._reply.readAll())
        if self._data.size() > self._most:
            self._tell(too_large(self._data.size()))

    def _end(self) -> None:
        if self._told:
            return
        self._take()
        if not self._told:
            self._tell(self._fault() or self._data)

    def _fault(self) -> NotShown | None:
        """What was wrong with the answer; None where all of it is there."""
        status, error = self._reply.attribute(QNetworkRequest.Attribute.HttpStatusCodeAttribute), self._reply.error()
        if error is _Error.OperationCanceledError:  # Qt's own name for a silence
            return _AWAY if status is None else _SLOW
        if error in _UNREACHABLE and status is None:
            return _AWAY
        if error is _Error.SslHandshakeFailedError:
            return _UNTRUSTED
        if not isinstance(status, int):
            return _AWAY if error is _Error.RemoteHostClosedError else _UNFIT
        return _fault_of(status) or (None if error is _Error.NoError else _CUT_OFF)

    def _tell(self, outcome: QByteArray | NotShown) -> None:
        self._close()
        self.finished.emit(self._number, outcome)

    def _close(self) -> None:
        self._told = True
        self._timer.stop()
        self._data = QByteArray()
        self._reply.abort()
        self._reply.deleteLater()
        self.deleteLater()


def _fault_of(status: int) -> NotShown | None:
    if status in _MISSING:
        return _GONE
    if status in _DENIED:
        return _REFUSED
    if status in _MOVED:
        words = _("The server sends Botpulse elsewhere, which it does not follow. Put ComfyUI's own address there.")
        return NotShown(words, server=True)
    if status == 200:
        return None
    return NotShown(_("The server answers with an error ({status}).").format(status=status), passing=True)


def _request(address: str, authorisation: str) -> QNetworkRequest:
    request = QNetworkRequest(QUrl.fromEncoded(address.encode(), QUrl.ParsingMode.StrictMode))
    attribute, manual = QNetworkRequest.Attribute, QNetworkRequest.LoadControl.Manual
    request.setAttribute(attribute.CookieLoadControlAttribute, manual)
    request.setAttribute(attribute.CookieSaveControlAttribute, manual)
    request.setAttribute(attribute.AuthenticationReuseAttribute, manual)
    request.setAttribute(attribute.CacheLoadControlAttribute, QNetworkRequest.CacheLoadControl.AlwaysNetwork)
    request.setAttribute(attribute.CacheSaveControlAttribute, False)
    request.setRawHeader(b"Accept-Encoding", b"identity")  # what is small on its way can't become huge here
    request.setRawHeader(b"User-Agent", b"Botpulse")
    if authorisation:
        request.setRawHeader(b"Authorization", authorisation.encode())
    return request

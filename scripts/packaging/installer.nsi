; Botpulse's installer for Windows: for one user, without an administrator; with an entry in the Start menu and an
; uninstaller. `make package-windows` compiles it:
;
;     makensis -DVERSION=0.1.0 -DFOLDER=dist/windows/Botpulse -DICON=botpulse.ico -DOUT=setup.exe installer.nsi
Unicode true
Target amd64-unicode
SetCompressor /SOLID lzma
RequestExecutionLevel user
ManifestDPIAware true

!include "MUI2.nsh"
!include "LogicLib.nsh"
!include "Win\COM.nsh"
!include "Win\Propkey.nsh"

; As the window tells Windows itself: both are one thing in the task bar.
!define TASK_BAR_ID "Botpulse.Botpulse"
!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\Botpulse"
!define SCHEME "Software\Classes\botpulse"
!define LINK "$SMPROGRAMS\Botpulse.lnk"
!define RUN "Software\Microsoft\Windows\CurrentVersion\Run"

Name "Botpulse"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\Botpulse"
InstallDirRegKey HKCU "${UNINSTALL}" "InstallLocation"
BrandingText "Botpulse ${VERSION}"

VIProductVersion "${VERSION}.0"
VIAddVersionKey "ProductName" "Botpulse"
VIAddVersionKey "FileDescription" "Botpulse's installer"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "CompanyName" "Botpulse contributors"
VIAddVersionKey "LegalCopyright" "MIT licence"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_FINISHPAGE_RUN "$INSTDIR\Botpulse.exe"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "German"

LangString RUNS ${LANG_ENGLISH} "Botpulse is running. Close its window (also in the tray), then try again."
LangString RUNS ${LANG_GERMAN} "Botpulse läuft noch. Schließen Sie das Fenster (auch im Infobereich) und versuchen Sie es noch einmal."

; A program that runs can't be replaced: it is tried, and asked for, before anything else is touched.
!macro FREE_PROGRAMS
    again:
    ClearErrors
    ${If} ${FileExists} "$INSTDIR\Botpulse.exe"
        Delete "$INSTDIR\Botpulse.exe"
    ${EndIf}
    ${If} ${Errors}
        MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "$(RUNS)" /SD IDCANCEL IDRETRY again
        SetErrorLevel 2
        Quit
    ${EndIf}
!macroend

Section
    !insertmacro FREE_PROGRAMS
    RMDir /r "$INSTDIR\_internal" ; what an earlier version had, and this one has not
    SetOutPath "$INSTDIR"
    File /r "${FOLDER}/*"
    WriteUninstaller "$INSTDIR\uninstall.exe"
    CreateShortcut "${LINK}" "$INSTDIR\Botpulse.exe"
    Call NameLink
    WriteRegStr HKCU "${SCHEME}" "" "URL:Botpulse"
    WriteRegStr HKCU "${SCHEME}" "URL Protocol" ""
    WriteRegStr HKCU "${SCHEME}\shell\open\command" "" '"$INSTDIR\Botpulse.exe" "%1"'
    WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "Botpulse"
    WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
    WriteRegStr HKCU "${UNINSTALL}" "DisplayIcon" "$INSTDIR\Botpulse.exe"
    WriteRegStr HKCU "${UNINSTALL}" "Publisher" "Botpulse contributors"
    WriteRegStr HKCU "${UNINSTALL}" "InstallLocation" "$INSTDIR"
    WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
    WriteRegStr HKCU "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
    WriteRegDWORD HKCU "${UNINSTALL}" "NoModify" 1
    WriteRegDWORD HKCU "${UNINSTALL}" "NoRepair" 1
SectionEnd

; Statistics, backups, preferences and the log stay: they are the host's.
Section "Uninstall"
    !insertmacro FREE_PROGRAMS
    RMDir /r "$INSTDIR\_internal"
    Delete "$INSTDIR\botpulse-db.exe"
    Delete "$INSTDIR\uninstall.exe"
    RMDir "$INSTDIR"
    Delete "${LINK}"
    DeleteRegKey HKCU "${SCHEME}"
    DeleteRegKey HKCU "${UNINSTALL}"
    DeleteRegValue HKCU "${RUN}" "Botpulse"
SectionEnd

; Give the entry of the Start menu the window's name for the task bar.
Function NameLink
    !insertmacro ComHlpr_CreateInProcInstance ${CLSID_ShellLink} ${IID_IShellLink} r0 ""
    ${If} $0 P<> 0
        ${IUnknown::QueryInterface} $0 '("${IID_IPersistFile}",.r1)'
        ${If} $1 P<> 0
            ${IPersistFile::Load} $1 '("${LINK}", ${STGM_READWRITE})'
            ${IUnknown::QueryInterface} $0 '("${IID_IPropertyStore}",.r2)'
            ${If} $2 P<> 0
                System::Call 'Oleaut32::SysAllocString(w "${TASK_BAR_ID}")p.r3'
                System::Call '*${SYSSTRUCT_PROPERTYKEY}(${PKEY_AppUserModel_ID})p.r4'
                System::Call '*${SYSSTRUCT_PROPVARIANT}(${VT_BSTR},,$3)p.r5'
                ${IPropertyStore::SetValue} $2 '($4,$5)'
                System::Call 'Oleaut32::SysFreeString(p r3)'
                System::Free $4
                System::Free $5
                ${IPropertyStore::Commit} $2 ""
                ${IUnknown::Release} $2 ""
                ${IPersistFile::Save} $1 '("${LINK}",1)'
            ${EndIf}
            ${IUnknown::Release} $1 ""
        ${EndIf}
        ${IUnknown::Release} $0 ""
    ${EndIf}
FunctionEnd

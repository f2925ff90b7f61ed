from tests.gui.boards import *
from tests.gui.windows import *
import time
def test_x(qtbot, window, tmp_path):
    t=time.time(); p=history(tmp_path); print('hist',time.time()-t)
    t=time.time(); b,s=open_on(qtbot,window,p,'commands'); print('open',time.time()-t)
    print(figures(b), s.content.charts.keys(), b.table.frame.state.text)
    print(bar_names(b.plots['by_command']))
    t=time.time(); s=act(qtbot,window,lambda: click_bar(qtbot,b.plots['by_command'],1)); print('act',time.time()-t)
    print(chips(window),figures(b),b.table.frame.state.text, s.chosen)
    c=s.content.charts['over_time']
    n=c.series[0].name
    i=fullest(c,n)
    v=click_bucket(qtbot,b.plots['over_time'],c,i,n)
    qtbot.waitUntil(lambda: b.table.filter_text!='')
    settle(qtbot,b.table)
    print(v,b.table.filter_text,b.table.frame.state.text, len(b.table.model.rows))

package store_test
import ("testing";"os";"strings";"runtime/debug";"github.com/dejafix/dejafix/store";"github.com/dejafix/dejafix/store/storetest";"path/filepath";"fmt")
func rss() string { b,_:=os.ReadFile("/proc/self/status"); for _,l:=range strings.Split(string(b),"\n"){ if strings.HasPrefix(l,"VmRSS")||strings.HasPrefix(l,"VmHWM"){fmt.Println(l)}}; return "" }
func TestRSSFill(t *testing.T){ os.RemoveAll("/tmp/dj/big"); s:=openAt(t, store.Options{Path:filepath.Join("/tmp/dj/big","dejafix.db")}); storetest.Fill(t.Context(), s, 100000, 5000, nil) }
func TestRSS(t *testing.T){
 rss()
 s:=openAt(t, store.Options{Path:filepath.Join("/tmp/dj/big","dejafix.db")})
 fmt.Println("opened"); rss()
 for i:=range 5000 { s.ExamplesByRule(t.Context(), storetest.Sample(i,5000).Identity.RuleKey(), 60) }
 fmt.Println("looked up"); rss(); debug.FreeOSMemory(); rss()
 s.Rules(t.Context()); s.Stats(t.Context())
 fmt.Println("rules"); debug.FreeOSMemory(); rss()
 r,err:=s.Retain(t.Context(), store.Limits{MaxBytes: 100<<20})
 fmt.Println("retain",r,err); rss(); debug.FreeOSMemory(); rss()
 for i:=range 500 { add(t,s,storetest.Sample(1000000+i,5000)) }
 fmt.Println("added"); rss(); debug.FreeOSMemory(); rss()
}

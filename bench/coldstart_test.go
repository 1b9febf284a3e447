package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"testing"
	"time"
)

// coldResult is what a fresh process had used when its first call had ended: from the moment
// that it made its client, TLS handshake and HTTP/2's settings included.
type coldResult struct {
	Wall, CPU      time.Duration
	Allocs, Memory uint64
}

// coldProcess makes one client and one call to the server whose addresses it reads.
func coldProcess(name string, in io.Reader, out io.Writer) error {
	var at addresses
	if err := json.NewDecoder(in).Decode(&at); err != nil {
		return err
	}
	for _, c := range contenders {
		if c.name != name {
			continue
		}
		transport := at.newTransport()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		cpu, begun := cpuTime(), time.Now()
		ok := getWork(context.Background(), c.make(at.HTTP2+"/"+modeOK, transport))
		r := coldResult{Wall: time.Since(begun), CPU: cpuTime() - cpu}
		runtime.ReadMemStats(&after)
		if !ok {
			return errors.New("wrong result")
		}
		r.Allocs, r.Memory = after.Mallocs-before.Mallocs, after.TotalAlloc-before.TotalAlloc
		return json.NewEncoder(out).Encode(r)
	}
	return errors.New("no client is called " + name)
}

// BenchmarkColdStart measures the first call of a fresh process. What packages do before
// main is not in it: growth.sh prints that beside. Run it with -benchtime 1x.
func BenchmarkColdStart(b *testing.B) {
	inTurn(b, func(b *testing.B, c contender) {
		r, err := startCold(c.name, serverProcess())
		if err != nil {
			b.Fatal(err)
		}
		reading{calls: 1, wall: r.Wall, cpu: r.CPU, allocs: r.Allocs, memory: r.Memory}.report(b)
	})
}

func startCold(name string, at addresses) (r coldResult, err error) {
	cmd := exec.Command(must(os.Executable()))
	cmd.Env = append(os.Environ(), coldVariable+"="+name)
	cmd.Stderr = os.Stderr
	cmd.Stdin = bytes.NewReader(must(json.Marshal(at)))
	out, err := cmd.Output()
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(out, &r)
}

func TestAFreshProcessMakesOneCallAndSaysWhatItTook(t *testing.T) {
	at := serverProcess()
	must(at.ask(countsPath))
	r, err := startCold(own, at)
	if err != nil {
		t.Fatal(err)
	}
	if r.Wall <= 0 || r.CPU <= 0 || r.Allocs == 0 || r.Memory == 0 {
		t.Errorf("got %+v", r)
	}
	if n, err := at.requests(http2); err != nil || n != 1 {
		t.Errorf("%d requests reached the server (%v), want 1", n, err)
	}
}

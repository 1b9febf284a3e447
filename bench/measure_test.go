package bench

import (
	"context"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// reading is what one sample measured of this process, and so of the client alone.
type reading struct {
	calls          int64
	wall, cpu      time.Duration
	allocs, memory uint64 // memory in bytes, all that was allocated
}

// sampleTime is how long a sample lasts: BENCH_SAMPLE, such as 40ms.
func sampleTime() time.Duration {
	if text := os.Getenv("BENCH_SAMPLE"); text != "" {
		return must(time.ParseDuration(text))
	}
	return 10 * time.Millisecond
}

// takeReading makes calls from n goroutines for a time. It begins with an empty heap, for
// all alike.
func takeReading(api client, n int, d time.Duration, work func(context.Context, client) bool) (r reading, ok bool) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	cpu, begun := cpuTime(), time.Now()
	r.calls, ok = callFor(api, n, begun.Add(d), work)
	r.wall, r.cpu = time.Since(begun), cpuTime()-cpu
	runtime.ReadMemStats(&after)
	r.allocs, r.memory = after.Mallocs-before.Mallocs, after.TotalAlloc-before.TotalAlloc
	return r, ok
}

// callFor makes calls from n goroutines until a time.
func callFor(api client, n int, until time.Time, work func(context.Context, client) bool) (calls int64, ok bool) {
	if n == 1 {
		return callUntil(api, until, work)
	}
	var all, wrong atomic.Int64
	var running sync.WaitGroup
	for range n {
		running.Go(func() {
			calls, ok := callUntil(api, until, work)
			all.Add(calls)
			if !ok {
				wrong.Add(1)
			}
		})
	}
	running.Wait()
	return all.Load(), wrong.Load() == 0
}

func callUntil(api client, until time.Time, work func(context.Context, client) bool) (calls int64, ok bool) {
	ctx := context.Background()
	for time.Now().Before(until) {
		if !work(ctx, api) {
			return calls, false
		}
		calls++
	}
	return calls, true
}

// cpuTime is what all threads of this process have used, in user mode and in the kernel.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// report gives the reading by the call, as a benchmark's line.
func (r reading) report(b *testing.B) {
	b.ReportAllocs()
	n := float64(r.calls)
	b.ReportMetric(float64(r.wall.Nanoseconds())/n, "ns/op")
	b.ReportMetric(float64(r.cpu.Nanoseconds())/n, "cpu-ns/op")
	b.ReportMetric(float64(r.allocs)/n, "allocs/op")
	b.ReportMetric(float64(r.memory)/n, "B/op")
	b.ReportMetric(n, "calls")
}

// round is BENCH_ROUND, by which run.sh numbers its rounds.
func round() uint64 {
	n, _ := strconv.ParseUint(os.Getenv("BENCH_ROUND"), 10, 64)
	return n
}

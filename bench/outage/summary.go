package outage

import (
	"fmt"
	"strings"
	"time"
)

// summary is what the table shows of a record.
type summary struct {
	fleet    string
	peak     int     // the most requests in one second of the simulation
	worst10  float64 // load in the worst 10 s of the outage, of normal load
	whole    float64 // load over the whole outage, of normal load
	recovery time.Duration
	lost     int // calls lost in all
	after    int // … of those, calls that ended after the server was back
}

func (r *record) summary() summary {
	s := summary{fleet: r.fleet, recovery: r.recovery()}
	normal := float64(r.clients * callsPerSecond) // requests per second without an outage
	for from := 0; from+perSec <= lastBin; from++ {
		s.peak = max(s.peak, sum(r.offers[from:from+perSec]))
	}
	const window = 10 * time.Second
	for from := downBin; from+int(window/step) <= upBin; from++ {
		s.worst10 = max(s.worst10, float64(sum(r.offers[from:from+int(window/step)]))/(normal*window.Seconds()))
	}
	s.whole = float64(sum(r.offers[downBin:upBin])) / (normal * outageLasts.Seconds())
	s.lost = sum(r.lost[:])
	s.after = sum(r.lost[upBin:])
	return s
}

// recovery is the time from the server's return until at least 99 % of the calls
// that end in a second succeed, in that second and in each one after it. Seconds
// begin at every step.
func (r *record) recovery() time.Duration {
	from := lastBin - perSec
	for from >= upBin && r.healthy(from) {
		from--
	}
	return time.Duration(from+1-upBin) * step
}

func (r *record) healthy(from int) bool {
	ok, lost := sum(r.ok[from:from+perSec]), sum(r.lost[from:from+perSec])
	return ok*100 >= (ok+lost)*99
}

func sum(counts []int) int {
	total := 0
	for _, n := range counts {
		total += n
	}
	return total
}

// perSecond gives the requests offered in each second, from the start.
func (r *record) perSecond() []int {
	var out []int
	for from := 0; from+perSec <= lastBin; from += perSec {
		out = append(out, sum(r.offers[from:from+perSec]))
	}
	return out
}

// table is the markdown table of all fleets.
func table(all []summary) string {
	var b strings.Builder
	b.WriteString("| retries | peak, requests/s | worst 10 s of the outage | whole outage | back at 99 % after | calls lost | … after the return |\n")
	b.WriteString("|---|---:|---:|---:|---:|---:|---:|\n")
	for _, s := range all {
		fmt.Fprintf(&b, "| %s | %d | %.2f× | %.2f× | %.1f s | %d | %d |\n",
			s.fleet, s.peak, s.worst10, s.whole, s.recovery.Seconds(), s.lost, s.after)
	}
	return b.String()
}

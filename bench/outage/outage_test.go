package outage

import (
	"flag"
	"fmt"
	"testing"
)

var (
	whole   = flag.Bool("outage", false, "simulate the whole fleet (about a minute and a half), not a tenth of it")
	picture = flag.String("picture", "", "write the picture to this SVG file")
)

// TestOutage holds the SDK to its goals, and prints the table.
func TestOutage(t *testing.T) {
	clients := wholeFleet / 10 // of a server that can do a tenth: the ratios are the same
	if *whole {
		clients = wholeFleet
	}
	var records []*record
	var summaries []summary
	for _, f := range fleets {
		r := simulate(t, f, clients)
		records = append(records, r)
		summaries = append(summaries, r.summary())
	}
	fmt.Print(table(summaries))
	if *picture != "" {
		if err := draw(*picture, records); err != nil {
			t.Fatal(err)
		}
	}
	checkGoals(t, summaries[0], summaries[1:])
}

func checkGoals(t *testing.T, ours summary, others []summary) {
	if ours.worst10 > 1.35 {
		t.Errorf("load in the worst 10 s of the outage: %.3f of normal load, want at most 1.35", ours.worst10)
	}
	if ours.whole > 1.1 {
		t.Errorf("load over the whole outage: %.3f of normal load, want at most 1.1", ours.whole)
	}
	for _, other := range others {
		if ours.recovery >= other.recovery {
			t.Errorf("back at 99 %% after %v, no sooner than %q with %v", ours.recovery, other.fleet, other.recovery)
		}
	}
}

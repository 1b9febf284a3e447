package main

import (
	"fmt"
	"strings"
	"testing"
)

// connectionRounds are as many rounds as an interval needs, in each of which ours has the
// given CPU and wall time to the baseline's 1,000 ns.
func connectionRounds(signed, work string, cpu, wall []string) string {
	var b strings.Builder
	for i := range cpu {
		fmt.Fprintf(&b, "round: %d\n", i)
		line := func(client, cpu, wall string, allocs int) {
			fmt.Fprintf(&b, "BenchmarkConnection/proto=HTTP2/signed=%s/work=%s/turn=0/client=%s-2 1 %s ns/op %s cpu-ns/op 5000 B/op %d allocs/op\n",
				signed, work, client, wall, cpu, allocs)
		}
		line("handwritten", "1000", "2000", 60)
		line("ours", cpu[i], wall[i], 66)
		line("godo", "1100", "2000", 70)
	}
	return b.String()
}

func repeat(value string, n int) []string {
	return strings.Split(strings.TrimSuffix(strings.Repeat(value+" ", n), " "), " ")
}

func TestAConnectionsGoalIsJudgedByTheWholeIntervalBeforeRounding(t *testing.T) {
	for name, test := range map[string]struct {
		cpu  []string
		want string
	}{
		"on the goal":                {repeat("1020", 8), "| 1.02× | 1.020× | 1.020–1.020 | met | 66.0 | 66.0 | met |"},
		"over it by less than shown": {repeat("1020.1", 8), "| 1.02× | 1.020× | 1.020–1.020 | missed | 66.0 | 66.0 | met |"},
		"an interval over it":        {append(repeat("1010", 5), repeat("1030", 3)...), "| 1.02× | 1.010× | 1.010–1.030 | missed, by the interval alone |"},
	} {
		t.Run(name, func(t *testing.T) {
			got := connections(samplesOf(t, connectionRounds("no", "GET", test.cpu, repeat("2000", 8))))
			if !strings.Contains(got, "| GET | CPU "+test.want) {
				t.Errorf("no %q in\n%s", test.want, got)
			}
		})
	}
}

func TestARoundTooFewHasNoInterval(t *testing.T) {
	got := connections(samplesOf(t, connectionRounds("no", "GET", repeat("1000", 2), repeat("2000", 2))))
	if !strings.Contains(got, "| GET | CPU | 1.02× | 1.000× | -Inf–+Inf | missed, by the interval alone |") {
		t.Error(got)
	}
}

func TestAllocationsAreJudgedBeforeRounding(t *testing.T) {
	text := strings.ReplaceAll(connectionRounds("no", "GET", repeat("1000", 8), repeat("2000", 8)), " 66 allocs/op", " 66.01 allocs/op")
	if got := connections(samplesOf(t, text)); !strings.Contains(got, "| 66.0 | 66.0 | missed |") {
		t.Error(got)
	}
}

func TestOursIsAheadOfAnSDKWithTheWholeIntervalAlone(t *testing.T) {
	for name, test := range map[string]struct {
		cpu  []string
		want string
	}{
		"ahead":               {repeat("1099", 8), "| **ahead of every one** | met | met |"},
		"level":               {repeat("1100", 8), "| **ahead of every one** | missed: godo | met |"},
		"ahead by the median": {append(repeat("1050", 5), repeat("1200", 3)...), "| **ahead of every one** | missed: godo | met |"},
	} {
		want := test.want
		got := connections(samplesOf(t, connectionRounds("no", "GET", test.cpu, repeat("2000", 8))))
		if !strings.Contains(got, want) {
			t.Errorf("%s: no %q in\n%s", name, want, got)
		}
	}
}

func TestSignedThroughputIsJudgedByTheWallTime(t *testing.T) {
	for wall, want := range map[string]string{
		"2061": "| at least 0.97× | 0.970× | 0.970–0.970 | met |", // 2000/2061 = 0.9704
		"2063": "| at least 0.97× | 0.969× | 0.969–0.969 | missed |",
	} {
		got := connections(samplesOf(t, connectionRounds("yes", "64", repeat("1000", 8), repeat(wall, 8))))
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
		if strings.Contains(got, "ahead of every one") {
			t.Error("no SDK signs")
		}
	}
}

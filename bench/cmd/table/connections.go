package main

import (
	"fmt"
	"maps"
	"strings"
)

// The goals over a connection. Times are the client's own CPU, beside a hand-written client
// that makes the same promises.
const (
	cpuAtMost        = 1.02
	allocsAtMost     = 1.1
	throughputAtMost = 1 / 0.97 // as a ratio of wall time: 0.97 of the throughput
)

// connectionWorks in the order of the table.
var (
	connectionWorks = []goal{
		{work: "GET", title: "GET"}, {work: "POST", title: "POST"}, {work: "error", title: "error"},
		{work: "retry", title: "retry"}, {work: "64", title: "64 goroutines"},
	}
)

const (
	unitCPU, unitWall      = "cpu-sec/op", "sec/op"
	unitAllocs, unitMemory = "allocs/op", "B/op"
	connectionWork         = "Connection"
)

// connections renders a table and the goals for each protocol, unsigned and signed, that
// there are samples of.
func connections(samples []sample) string {
	var parts []string
	for _, proto := range keysOf(samples, connectionWork, "proto") {
		for _, signed := range keysOf(samples, connectionWork, "signed") {
			keys := map[string]string{"proto": proto, "signed": signed}
			if len(valuesOf(samples, unitCPU, connectionWork, keys)) > 0 {
				parts = append(parts, connection(samples, keys))
			}
		}
	}
	return strings.Join(parts, "\n")
}

var protocolNames = map[string]string{"HTTP1": "HTTP/1.1", "HTTP2": "HTTP/2 over TLS"}

func connection(samples []sample, keys map[string]string) string {
	signed := keys["signed"] == "yes"
	var b strings.Builder
	name := map[bool]string{false: "unsigned", true: "signed"}[signed]
	fmt.Fprintf(&b, "**%s, %s.** A cell: CPU · time · allocations · bytes of the client's process a call.\n\n", protocolNames[keys["proto"]], name)
	b.WriteString(heading("client", connectionWorks))
	for _, client := range clientOrder {
		if len(valuesOf(samples, unitCPU, connectionWork, with(keys, "client", client))) == 0 {
			continue
		}
		b.WriteString("| " + client + " |")
		for _, w := range connectionWorks {
			b.WriteString(" " + connectionCell(samples, with(keys, "work", w.work), client) + " |")
		}
		b.WriteString("\n")
	}
	rounds := len(inOrder(samples, func(s sample) string { return s.round }))
	fmt.Fprintf(&b, "\nCPU and time of all but %s are ratios to it; medians of %d rounds.\n\n", baseline, rounds)
	b.WriteString(connectionGoals(samples, keys, signed))
	if !signed {
		b.WriteString("\n" + standings(samples, keys))
	}
	return b.String()
}

// with is keys and one more.
func with(keys map[string]string, key, value string) map[string]string {
	more := maps.Clone(keys)
	more[key] = value
	return more
}

func connectionCell(samples []sample, keys map[string]string, client string) string {
	mine := with(keys, "client", client)
	if len(valuesOf(samples, unitCPU, connectionWork, mine)) == 0 {
		return "–"
	}
	cpu, wall := center(samples, unitCPU, connectionWork, mine, duration), center(samples, unitWall, connectionWork, mine, duration)
	if client != baseline {
		cpu = times(median(paired(samples, unitCPU, keys, client, baseline)).Center)
		wall = times(median(paired(samples, unitWall, keys, client, baseline)).Center)
	}
	return fmt.Sprintf("%s · %s · %s · %s B", cpu, wall,
		center(samples, unitAllocs, connectionWork, mine, whole), center(samples, unitMemory, connectionWork, mine, whole))
}

// paired has a ratio for each round: see ratios. keys name the work.
func paired(samples []sample, unit string, keys map[string]string, client, to string) []float64 {
	return roundRatios(
		byRound(samples, unit, connectionWork, with(keys, "client", client)),
		byRound(samples, unit, connectionWork, with(keys, "client", to)))
}

// connectionGoals judges by the figures before rounding. A time's goal is met where its
// whole interval is within it.
func connectionGoals(samples []sample, keys map[string]string, signed bool) string {
	var b strings.Builder
	b.WriteString("| ours | of what | at most | measured | 95 % interval | | allocations, at most | measured | |\n")
	b.WriteString("|---|---|---:|---:|---:|---|---:|---:|---|\n")
	for _, w := range connectionWorks {
		at := with(keys, "work", w.work)
		if len(paired(samples, unitCPU, at, own, baseline)) == 0 {
			continue
		}
		cpu := median(paired(samples, unitCPU, at, own, baseline))
		most := allocsAtMost * median(valuesOf(samples, unitAllocs, connectionWork, with(at, "client", baseline))).Center
		got := median(valuesOf(samples, unitAllocs, connectionWork, with(at, "client", own))).Center
		fmt.Fprintf(&b, "| %s | CPU | %.2f× | %.3f× | %.3f–%.3f | %s | %.1f | %.1f | %s |\n",
			w.title, cpuAtMost, cpu.Center, cpu.Lo, cpu.Hi, judged(cpu.Center, cpu.Hi, cpuAtMost), most, got, verdict(got <= most))
		if signed && w.work == "64" {
			wall := median(paired(samples, unitWall, at, own, baseline))
			fmt.Fprintf(&b, "| %s | throughput | at least 0.97× | %.3f× | %.3f–%.3f | %s | – | – | |\n",
				w.title, 1/wall.Center, 1/wall.Hi, 1/wall.Lo, judged(wall.Center, wall.Hi, throughputAtMost))
		}
	}
	return b.String()
}

// judged says, too, where only the interval misses a goal: there more rounds may tell.
func judged(center, high, atMost float64) string {
	switch {
	case high <= atMost:
		return "met"
	case center <= atMost:
		return "missed, by the interval alone"
	}
	return "missed"
}

// standings: ours beside every other client that sends the same headers.
func standings(samples []sample, keys map[string]string) string {
	var b strings.Builder
	b.WriteString(heading("CPU of ours, of that of", connectionWorks))
	behind := map[string][]string{}
	for _, peer := range sdks {
		b.WriteString("| " + peer + " |")
		for _, w := range connectionWorks {
			ratios := paired(samples, unitCPU, with(keys, "work", w.work), own, peer)
			if len(ratios) == 0 {
				b.WriteString(" – |")
				continue
			}
			r := median(ratios)
			if r.Hi >= 1 {
				behind[w.title] = append(behind[w.title], peer)
			}
			fmt.Fprintf(&b, " %.3f× (%.3f–%.3f) |", r.Center, r.Lo, r.Hi)
		}
		b.WriteString("\n")
	}
	b.WriteString("| **ahead of every one** |")
	for _, w := range connectionWorks {
		b.WriteString(" " + verdict(len(behind[w.title]) == 0))
		if who := behind[w.title]; len(who) > 0 {
			b.WriteString(": " + strings.Join(who, ", "))
		}
		b.WriteString(" |")
	}
	b.WriteString("\n\nAhead is who is so with the whole interval.\n")
	return b.String()
}

package main

import (
	"fmt"
	"strconv"
	"strings"
)

// growth renders how costs grow.
func growth(samples []sample) string {
	return strings.Join([]string{
		bodies(samples),
		goroutines(samples),
		inFlight(samples),
		atRest(samples),
	}, "\n")
}

func keysOf(samples []sample, work, key string) []string {
	return inOrder(samples, func(s sample) string {
		if s.work != work {
			return ""
		}
		return s.keys[key]
	})
}

func bodies(samples []sample) string {
	const work = "ErrorBody"
	var b strings.Builder
	b.WriteString("An error by the size of its body, without a Content-Length; the limit is 4 MiB:\n\n")
	b.WriteString("| body | API's JSON: time | allocated | per byte | gateway's HTML: time | allocated | per byte |\n")
	b.WriteString("|---|---:|---:|---:|---:|---:|---:|\n")
	for _, size := range byNumber(keysOf(samples, work, "size")) {
		n, _ := strconv.ParseFloat(size, 64)
		fmt.Fprintf(&b, "| %s |", bytesText(n))
		for _, kind := range []string{"json", "html"} {
			keys := map[string]string{"size": size, "kind": kind}
			perByte := func(v float64) string { return strconv.FormatFloat(v/n, 'f', 1, 64) + " B" }
			fmt.Fprintf(&b, " %s | %s | %s |",
				center(samples, "sec/op", work, keys, duration),
				center(samples, "B/op", work, keys, bytesText),
				center(samples, "B/op", work, keys, perByte))
		}
		b.WriteString("\n")
	}
	return b.String()
}

func goroutines(samples []sample) string {
	const work, unit = "Goroutines", "calls/s"
	var b strings.Builder
	b.WriteString("Calls a second over loopback, client and server on the same cores:\n\n")
	b.WriteString("| goroutines | ours | handwritten |\n|---:|---:|---:|\n")
	for _, n := range byNumber(keysOf(samples, work, "n")) {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", n,
			center(samples, unit, work, map[string]string{"n": n, "client": own}, whole),
			center(samples, unit, work, map[string]string{"n": n, "client": baseline}, whole))
	}
	ours, byHand := lastOfBest(samples, work, unit, own), lastOfBest(samples, work, unit, baseline)
	fmt.Fprintf(&b, "\nAt the most goroutines, of the best throughput: ours %.0f %%, %s; "+
		"handwritten %.0f %%, %s. (The goal is no fall: 95 %%, since samples scatter.)\n",
		ours, verdict(ours >= 95), byHand, verdict(byHand >= 95))
	return b.String()
}

// lastOfBest says whether throughput falls once the cores are full, in per cent.
func lastOfBest(samples []sample, work, unit, client string) float64 {
	var best, last float64
	for _, n := range byNumber(keysOf(samples, work, "n")) {
		values := valuesOf(samples, unit, work, map[string]string{"n": n, "client": client})
		if len(values) == 0 {
			continue
		}
		last = median(values).Center
		best = max(best, last)
	}
	return 100 * last / best
}

func inFlight(samples []sample) string {
	const work = "InFlight"
	var b strings.Builder
	b.WriteString("What one of 10,000 waiting calls holds, without the transport's own:\n\n")
	b.WriteString("| client | heap | stack |\n|---|---:|---:|\n")
	for _, client := range keysOf(samples, work, "client") {
		keys := map[string]string{"client": client}
		fmt.Fprintf(&b, "| %s | %s B | %s B |\n", client,
			center(samples, "heap-B/call", work, keys, whole), center(samples, "stack-B/call", work, keys, whole))
	}
	return b.String()
}

func atRest(samples []sample) string {
	return fmt.Sprintf("A Client at rest, with a transport of its own: %s B of heap, %s goroutines (goals: under 10 KB, none).\n",
		center(samples, "heap-B/client", "AtRest", nil, whole), center(samples, "goroutines", "AtRest", nil, whole))
}

func bytesText(v float64) string {
	switch {
	case v < 10<<10:
		return whole(v) + " B"
	case v < 10<<20:
		return whole(v/(1<<10)) + " KiB"
	}
	return strconv.FormatFloat(v/(1<<20), 'f', 1, 64) + " MiB"
}

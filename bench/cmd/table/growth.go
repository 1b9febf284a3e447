package main

import (
	"fmt"
	"slices"
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
		newHeaders(samples),
		coldStart(samples),
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

// protocols in the order of the tables.
var protocols = []string{"HTTP1", "HTTP2"}

func goroutines(samples []sample) string {
	const work, unit = "Goroutines", "calls/s"
	var b strings.Builder
	b.WriteString("Calls a second over connections, client and server in two processes on the same cores; over HTTP/2 all share one connection:\n\n")
	b.WriteString("| goroutines | HTTP/1.1: ours | handwritten | HTTP/2: ours | handwritten |\n|---:|---:|---:|---:|---:|\n")
	for _, n := range byNumber(keysOf(samples, work, "n")) {
		fmt.Fprintf(&b, "| %s |", n)
		for _, proto := range protocols {
			for _, client := range []string{own, baseline} {
				fmt.Fprintf(&b, " %s |", center(samples, unit, work, map[string]string{"proto": proto, "n": n, "client": client}, whole))
			}
		}
		b.WriteString("\n")
	}
	b.WriteString("\n")
	for _, proto := range protocols {
		ours, byHand := lastOfBest(samples, work, unit, proto, own), lastOfBest(samples, work, unit, proto, baseline)
		fmt.Fprintf(&b, "%s, at the most goroutines, of the best throughput: ours %.0f %%, %s; handwritten %.0f %%, %s.\n",
			protocolNames[proto], ours, verdict(ours >= 95), byHand, verdict(byHand >= 95))
	}
	b.WriteString("(The goal is no fall: 95 %, since samples scatter.)\n")
	return b.String()
}

// lastOfBest says whether throughput falls once the cores are full, in per cent.
func lastOfBest(samples []sample, work, unit, proto, client string) float64 {
	var best, last float64
	for _, n := range byNumber(keysOf(samples, work, "n")) {
		values := valuesOf(samples, unit, work, map[string]string{"proto": proto, "n": n, "client": client})
		if len(values) == 0 {
			continue
		}
		last = median(values).Center
		best = max(best, last)
	}
	return 100 * last / best
}

// stackTolerance: stacks are powers of two, and a few of the harness's own are counted too.
const stackTolerance = 1.01

func inFlight(samples []sample) string {
	const work = "InFlight"
	var b strings.Builder
	b.WriteString("What one of 10,000 waiting calls holds; in memory without the transport's own, over HTTP/2 with it:\n\n")
	b.WriteString("| client | in memory: heap | stack | HTTP/2: heap | stack |\n|---|---:|---:|---:|---:|\n")
	value := func(unit, over, client string) []float64 {
		return valuesOf(samples, unit, work, map[string]string{"over": over, "client": client})
	}
	for _, client := range keysOf(samples, work, "client") {
		fmt.Fprintf(&b, "| %s |", client)
		for _, over := range []string{"memory", "HTTP2"} {
			for _, unit := range []string{"heap-B/call", "stack-B/call"} {
				fmt.Fprintf(&b, " %s B |", whole(median(value(unit, over, client)).Center))
			}
		}
		b.WriteString("\n")
	}
	var verdicts []string
	for _, over := range []string{"memory", "HTTP2"} {
		heap := median(value("heap-B/call", over, own)).Center <= median(value("heap-B/call", over, baseline)).Center
		stack := median(value("stack-B/call", over, own)).Center <= stackTolerance*median(value("stack-B/call", over, baseline)).Center
		verdicts = append(verdicts, fmt.Sprintf("%s heap %s, stack %s", map[string]string{"memory": "in memory", "HTTP2": "over HTTP/2"}[over], verdict(heap), verdict(stack)))
	}
	fmt.Fprintf(&b, "\nGoal for ours, at most handwritten's: %s.\n", strings.Join(verdicts, "; "))
	return b.String()
}

func atRest(samples []sample) string {
	return fmt.Sprintf("A Client at rest, with a transport of its own: %s B of heap, %s goroutines (goals: under 10 KB, none).\n",
		center(samples, "heap-B/client", "AtRest", nil, whole), center(samples, "goroutines", "AtRest", nil, whole))
}

// newHeaders: what the form of that costs which each request has anew.
func newHeaders(samples []sample) string {
	const work = "NewHeaders"
	var b strings.Builder
	b.WriteString("The CPU of the hand-written client by what is new in each request, the id in several forms and a signature's header, as a ratio to that with an id that is never new:\n\n")
	b.WriteString("| id | HTTP/1.1 | HTTP/2 |\n|---|---:|---:|\n")
	ids := keysOf(samples, work, "id")
	slices.Sort(ids)
	for _, id := range ids {
		_, name, _ := strings.Cut(id, ",_")
		fmt.Fprintf(&b, "| %s |", strings.ReplaceAll(name, "_", " "))
		for _, proto := range protocols {
			r := roundRatios(
				byRound(samples, unitCPU, work, map[string]string{"proto": proto, "id": id}),
				byRound(samples, unitCPU, work, map[string]string{"proto": proto, "id": ids[0]}))
			fmt.Fprintf(&b, " %s |", times(median(r).Center))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// coldStart: the first call of a fresh process.
func coldStart(samples []sample) string {
	const work = "ColdStart"
	var b strings.Builder
	b.WriteString("The first call of a fresh process over HTTP/2, from making the client to the answer, TLS handshake included:\n\n")
	b.WriteString("| client | time | CPU | allocations | allocated |\n|---|---:|---:|---:|---:|\n")
	for _, client := range clientOrder {
		keys := map[string]string{"client": client}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", client,
			center(samples, unitWall, work, keys, duration), center(samples, unitCPU, work, keys, duration),
			center(samples, unitAllocs, work, keys, whole), center(samples, unitMemory, work, keys, bytesText))
	}
	return b.String()
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

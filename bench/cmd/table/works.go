package main

import (
	"fmt"
	"slices"
	"strings"
)

const baseline, own = "handwritten", "ours"

// The clients and the works, in the order of the table.
var (
	sdks        = []string{"gitlab", "godo", "go-github", "hcloud", "resty"} // and what they are built on
	clientOrder = []string{baseline, own, "retryablehttp", "gitlab", "godo", "go-github", "hcloud", "resty"}
	workOrder   = []goal{
		{"Get", "GET", 1.15, 40, ""},
		{"Post", "POST", 1.15, 50, ""},
		{"Error", "error", 1.15, 40, ""},
		{"Retry", "retry", 1.50, 70, ""},
		// No SDK signs. What a signature allocates includes crypto/rsa's own.
		{"Signed", "signed", 1.03, 10, "Get"},
	}
)

// goal is what ours is held to in a work.
type goal struct {
	work, title string
	ratio       float64 // at most
	allocs      float64 // at most; 0: no goal
	beyond      string  // the work that this one may take allocs more than; "": allocs is work's own
}

// works renders the comparison and the goals.
func works(samples []sample) string {
	var b strings.Builder
	b.WriteString(heading("client", workOrder))
	for _, client := range clientOrder {
		b.WriteString("| " + client + " |")
		for _, w := range workOrder {
			b.WriteString(" " + cell(samples, w.work, client) + " |")
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "\nA cell: the median ratio of time to %s's (for %s the time itself), allocations, bytes; of %d rounds.\n\n",
		baseline, baseline, len(inOrder(samples, func(s sample) string { return s.round })))
	return b.String() + goals(samples) + "\n" + rivals(samples)
}

// heading has a column for each work.
func heading(first string, works []goal) string {
	titles, rule := "| "+first+" |", "|---|"
	for _, w := range works {
		titles += " " + w.title + " |"
		rule += "---:|"
	}
	return titles + "\n" + rule + "\n"
}

func cell(samples []sample, work, client string) string {
	keys := map[string]string{"client": client}
	allocs := center(samples, "allocs/op", work, keys, whole)
	if allocs == "–" {
		return "–"
	}
	time := center(samples, "sec/op", work, keys, duration)
	if client != baseline {
		time = times(median(ratios(samples, work, client)).Center)
	}
	return time + " · " + allocs + " · " + center(samples, "B/op", work, keys, whole) + " B"
}

// ratios has one for each round: a client's time to the baseline's of the same few
// seconds, so that what else the machine did meanwhile cancels out. Where a round has
// several samples of a work, the first is compared with the first, and so on, and the
// round's ratio is their median, since samples of one round are not independent.
func ratios(samples []sample, work, client string) []float64 {
	return roundRatios(
		byRound(samples, unitWall, work, map[string]string{"client": client}),
		byRound(samples, unitWall, work, map[string]string{"client": baseline}))
}

func roundRatios(mine, base map[string][]float64) []float64 {
	var out []float64
	for round, values := range mine {
		var pairs []float64
		for i, value := range values[:min(len(values), len(base[round]))] {
			pairs = append(pairs, value/base[round][i])
		}
		if len(pairs) > 0 {
			out = append(out, median(pairs).Center)
		}
	}
	return out
}

func byRound(samples []sample, unit, work string, keys map[string]string) map[string][]float64 {
	out := map[string][]float64{}
	for _, s := range samples {
		if value, ok := s.values[unit]; ok && s.work == work && hasKeys(s, keys) {
			out[s.round] = append(out[s.round], value)
		}
	}
	return out
}

// goals renders what ours is held to, and judges by the figures before rounding.
func goals(samples []sample) string {
	var b strings.Builder
	b.WriteString("| ours | time, at most | measured | 95 % interval | allocations, at most | measured | |\n")
	b.WriteString("|---|---:|---:|---:|---:|---:|---|\n")
	for _, w := range workOrder {
		r := ratios(samples, w.work, own)
		if len(r) == 0 {
			continue
		}
		time := median(r)
		met := time.Center <= w.ratio
		most, got := w.allocs, allocations(samples, w.work)
		if w.beyond != "" {
			most += allocations(samples, w.beyond)
		}
		want := "–"
		if w.allocs > 0 {
			want, met = whole(most), met && got <= most
		}
		fmt.Fprintf(&b, "| %s | %.2f× | %.2f× | %.2f–%.2f | %s | %s | %s |\n",
			w.title, w.ratio, time.Center, time.Lo, time.Hi, want, whole(got), verdict(met))
	}
	return b.String()
}

// allocations are ours in a work, the median.
func allocations(samples []sample, work string) float64 {
	return median(valuesOf(samples, "allocs/op", work, map[string]string{"client": own})).Center
}

// rivals renders where ours stands to the best of the SDKs, by the medians.
func rivals(samples []sample) string {
	var b strings.Builder
	works := slices.DeleteFunc(slices.Clone(workOrder), func(w goal) bool { return w.work == "Signed" })
	b.WriteString(heading("ours and the best of the SDKs", works))
	for _, row := range []struct {
		name  string
		value func(work, client string) []float64
		text  func(float64) string
	}{
		{"time", func(work, client string) []float64 { return ratios(samples, work, client) }, times},
		{"allocations", perCall(samples, "allocs/op"), whole},
		{"bytes", perCall(samples, "B/op"), whole},
	} {
		b.WriteString("| " + row.name + " |")
		for _, w := range works {
			b.WriteString(" " + standing(w.work, row.value, row.text) + " |")
		}
		b.WriteString("\n")
	}
	return b.String()
}

func perCall(samples []sample, unit string) func(work, client string) []float64 {
	return func(work, client string) []float64 {
		return valuesOf(samples, unit, work, map[string]string{"client": client})
	}
}

// standing compares the medians, not the rounded figures that it shows.
func standing(work string, values func(work, client string) []float64, text func(float64) string) string {
	rival, best := "", 0.0
	for _, sdk := range sdks {
		if v := values(work, sdk); len(v) > 0 {
			if m := median(v).Center; rival == "" || m < best {
				rival, best = sdk, m
			}
		}
	}
	mine := values(work, own)
	if len(mine) == 0 || rival == "" {
		return "–"
	}
	m := median(mine).Center
	word := "ahead"
	if m >= best {
		word = "behind"
	}
	return fmt.Sprintf("%s, %s to %s's %s", word, text(m), rival, text(best))
}

func times(ratio float64) string { return fmt.Sprintf("%.2f×", ratio) }

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "missed"
}

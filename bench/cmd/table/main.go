// Command table turns the output of this module's benchmarks into markdown.
//
//	table own FILE          the SDK's own part: time, allocations and bytes in memory, and goals
//	table connections FILE  what a call costs its process over a connection, and the goals
//	table growth FILE       how costs grow
//	table sign FILE         what limits signed calls
//	table paste README MARK replaces what stands between MARK's comments by stdin
package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/perf/benchfmt"
	"golang.org/x/perf/benchmath"
)

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "table:", err)
		os.Exit(1)
	}
}

func run(args []string, in io.Reader, out io.Writer) error {
	switch {
	case len(args) == 2 && args[0] == "own":
		return printTable(args[1], out, works)
	case len(args) == 2 && args[0] == "connections":
		return printTable(args[1], out, connections)
	case len(args) == 2 && args[0] == "growth":
		return printTable(args[1], out, growth)
	case len(args) == 2 && args[0] == "sign":
		return printTable(args[1], out, sign)
	case len(args) == 3 && args[0] == "paste":
		text, err := io.ReadAll(in)
		if err != nil {
			return err
		}
		return paste(args[1], args[2], string(text))
	}
	return fmt.Errorf("usage: table own FILE | connections FILE | growth FILE | sign FILE | paste README MARK")
}

func printTable(path string, out io.Writer, render func([]sample) string) error {
	samples, err := read(path)
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, render(samples))
	return err
}

// sample is one line of a benchmark's output.
type sample struct {
	work   string            // "Get"
	keys   map[string]string // "client": "ours", "size": "100"
	round  string
	values map[string]float64
}

func read(path string) ([]sample, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var samples []sample
	reader := benchfmt.NewReader(f, path)
	for reader.Scan() {
		result, ok := reader.Result().(*benchfmt.Result)
		if !ok {
			continue // a unit, or a line that is no benchmark's
		}
		base, parts := result.Name.Parts()
		s := sample{work: string(base), keys: map[string]string{}, round: result.GetConfig("round"), values: map[string]float64{}}
		for _, part := range parts {
			if key, value, ok := strings.Cut(strings.TrimPrefix(string(part), "/"), "="); ok {
				s.keys[key] = value
			}
		}
		if build := result.GetConfig("build"); build != "" {
			s.keys["build"] = build
		}
		for _, v := range result.Values {
			s.values[v.Unit] = v.Value
		}
		samples = append(samples, s)
	}
	if len(samples) == 0 && reader.Err() == nil {
		return nil, fmt.Errorf("%s holds no benchmark", path)
	}
	return samples, reader.Err()
}

// median is benchstat's, with its interval.
func median(values []float64) benchmath.Summary {
	thresholds := benchmath.DefaultThresholds
	return benchmath.AssumeNothing.Summary(benchmath.NewSample(values, &thresholds), 0.95)
}

// inOrder lists what key gives, in the order of appearance.
func inOrder(samples []sample, key func(sample) string) []string {
	var out []string
	for _, s := range samples {
		if k := key(s); k != "" && !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out
}

// valuesOf gives one unit of the samples of a work and a set of keys.
func valuesOf(samples []sample, unit, work string, keys map[string]string) []float64 {
	var out []float64
	for _, s := range samples {
		if value, ok := s.values[unit]; ok && s.work == work && hasKeys(s, keys) {
			out = append(out, value)
		}
	}
	return out
}

func hasKeys(s sample, keys map[string]string) bool {
	for key, value := range keys {
		if s.keys[key] != value {
			return false
		}
	}
	return true
}

// center is the median of a unit, "–" where there is none.
func center(samples []sample, unit, work string, keys map[string]string, format func(float64) string) string {
	values := valuesOf(samples, unit, work, keys)
	if len(values) == 0 {
		return "–"
	}
	return format(median(values).Center)
}

func whole(v float64) string { return thousands(int64(v + 0.5)) }

func duration(seconds float64) string {
	switch {
	case seconds < 1e-3:
		return strconv.FormatFloat(seconds*1e6, 'f', 1, 64) + " µs"
	case seconds < 1:
		return strconv.FormatFloat(seconds*1e3, 'f', 1, 64) + " ms"
	}
	return strconv.FormatFloat(seconds, 'f', 1, 64) + " s"
}

func thousands(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

func byNumber(values []string) []string {
	slices.SortStableFunc(values, func(a, b string) int {
		x, _ := strconv.Atoi(a)
		y, _ := strconv.Atoi(b)
		return cmp.Compare(x, y)
	})
	return values
}

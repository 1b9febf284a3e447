package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// twoRounds has a machine that was twice as slow in the second round.
const twoRounds = `round: 1
BenchmarkGet/client=handwritten-2 100 1000 ns/op 300 B/op 10 allocs/op
BenchmarkGet/client=ours-2 100 900 ns/op 200 B/op 8 allocs/op
BenchmarkGet/client=gitlab-2 100 1100 ns/op 400 B/op 8 allocs/op
BenchmarkGet/client=godo-2 100 1200 ns/op 150 B/op 9 allocs/op
round: 2
BenchmarkGet/client=handwritten-2 100 2000 ns/op 300 B/op 10 allocs/op
BenchmarkGet/client=ours-2 100 1800 ns/op 200 B/op 8 allocs/op
BenchmarkGet/client=gitlab-2 100 2200 ns/op 400 B/op 8 allocs/op
BenchmarkGet/client=godo-2 100 2400 ns/op 150 B/op 9 allocs/op
`

func samplesOf(t *testing.T, text string) []sample {
	t.Helper()
	path := filepath.Join(t.TempDir(), "works.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	samples, err := read(path)
	if err != nil {
		t.Fatal(err)
	}
	return samples
}

func TestTheSamplesOfOneRoundAreComparedInTheirOrder(t *testing.T) {
	samples := samplesOf(t, `round: 1
BenchmarkGet/client=ours-2 100 500 ns/op
BenchmarkGet/client=handwritten-2 100 1000 ns/op
BenchmarkGet/client=handwritten-2 100 2000 ns/op
BenchmarkGet/client=handwritten-2 100 4000 ns/op
BenchmarkGet/client=ours-2 100 500 ns/op
BenchmarkGet/client=ours-2 100 500 ns/op
BenchmarkGet/client=ours-2 100 9000 ns/op
`)
	got := ratios(samples, "Get", "ours")
	if !slices.Equal(got, []float64{0.25}) {
		t.Errorf("got %v, want 0.25: the median of 0.5, 0.25 and 0.125, the fourth having nothing beside it", got)
	}
}

func TestAGoalIsJudgedByTheFigureBeforeRounding(t *testing.T) {
	for ours, want := range map[string]string{
		"1150": "| GET | 1.15× | 1.15× | -Inf–+Inf | 40 | 8 | met |",
		"1151": "| GET | 1.15× | 1.15× | -Inf–+Inf | 40 | 8 | missed |",
	} {
		got := goals(samplesOf(t, `round: 1
BenchmarkGet/client=handwritten-2 100 1000 ns/op 300 B/op 10 allocs/op
BenchmarkGet/client=ours-2 100 `+ours+` ns/op 200 B/op 8 allocs/op
`))
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestWhatASignatureAllocatesIsCountedBeyondTheUnsignedCall(t *testing.T) {
	for allocs, want := range map[string]string{
		"26": "| signed | 1.03× | 1.02× | -Inf–+Inf | 26 | 26 | met |",
		"27": "| signed | 1.03× | 1.02× | -Inf–+Inf | 26 | 27 | missed |",
	} {
		got := works(samplesOf(t, `round: 1
BenchmarkGet/client=ours-2 100 1000 ns/op 200 B/op 16 allocs/op
BenchmarkSigned/client=handwritten-2 100 100000 ns/op 300 B/op 120 allocs/op
BenchmarkSigned/client=ours-2 100 102000 ns/op 200 B/op `+allocs+` allocs/op
`))
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
		if _, rivals, _ := strings.Cut(got, "the best of the"); strings.Contains(rivals, "signed") {
			t.Errorf("no SDK signs, but there is a column for it:\n%s", rivals)
		}
	}
}

func TestRatiosAreTakenWithinARoundAndJudged(t *testing.T) {
	got := works(samplesOf(t, twoRounds))
	for _, want := range []string{
		"| ours | 0.90× · 8 · 200 B |",
		"of 2 rounds",
		"| GET | 1.15× | 0.90× |",
		"| met |",
		"| time | ahead, 0.90× to gitlab's 1.10× |",
		"| allocations | behind, 8 to gitlab's 8 |",
		"| bytes | behind, 200 to godo's 150 |",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestPasteReplacesWhatStandsBetweenTheMarks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "README.md")
	if err := os.WriteFile(path, []byte("a\n<!-- x -->\nold\n<!-- /x -->\nb\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := paste(path, "x", "new\n"); err != nil {
		t.Fatal(err)
	}
	got, _ := os.ReadFile(path)
	if want := "a\n<!-- x -->\n\nnew\n\n<!-- /x -->\nb\n"; string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if err := paste(path, "y", "new"); err == nil {
		t.Error("a mark that is not there is no error")
	}
}

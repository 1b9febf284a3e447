package main

import (
	"bufio"
	"fmt"
	"text/tabwriter"
)

// outcome is what came of a check.
type outcome string

const (
	holds    outcome = "holds"
	fails    outcome = "fails"
	skipped  outcome = "skipped"
	isListed outcome = "listed" // an assumption, which nothing offline can check
)

// word is the outcome as the table has it.
func (o outcome) word() string {
	switch o {
	case fails:
		return "FAILS"
	case isListed:
		return "-"
	}
	return string(o)
}

// The sources of what is checked. Others have none.
const (
	documented = "documented"
	isSet      = "set" // by the profile or the environment
	isDefault  = "default"
)

// section is a part of the report.
type section string

const (
	offline  section = "offline"
	recorded section = "recorded"
	live     section = "live"
)

// heading is the section's in the table.
func (s section) heading() string {
	switch s {
	case recorded:
		return "Recorded responses"
	case live:
		return "Live, with GET alone"
	}
	return "Offline"
}

// Who acts where a check fails.
const (
	you          = "you"
	admin        = "the admin"
	youThenAdmin = "you, then the admin"
)

// finding is one check, and how -json writes it.
type finding struct {
	Section section `json:"section"`
	Subject string  `json:"subject"`
	Source  string  `json:"source"`
	Outcome outcome `json:"outcome"`
	Found   string  `json:"found"`
	WhoActs string  `json:"whoActs"`
}

// doctorReport is what was found, in order.
type doctorReport struct{ findings []finding }

func (r *doctorReport) add(f finding) { r.findings = append(r.findings, f) }

func (r *doctorReport) skip(s section, subject, why string) {
	r.add(finding{Section: s, Subject: subject, Outcome: skipped, Found: why})
}

// outcomeOf is that of a subject; "" where it was not looked at.
func (r *doctorReport) outcomeOf(subject string) outcome {
	for _, f := range r.findings {
		if f.Subject == subject {
			return f.Outcome
		}
	}
	return ""
}

// doctorCounts are the last line of the table.
type doctorCounts struct {
	Holds      int `json:"holds"`
	Fails      int `json:"fails"`
	Skipped    int `json:"skipped"`
	Documented int `json:"documented"` // of the assumptions that are listed
	Set        int `json:"set"`
	Default    int `json:"default"`
}

func (r *doctorReport) counts() (c doctorCounts) {
	for _, f := range r.findings {
		switch {
		case f.Outcome == holds:
			c.Holds++
		case f.Outcome == fails:
			c.Fails++
		case f.Outcome == skipped:
			c.Skipped++
		case f.Source == documented:
			c.Documented++
		case f.Source == isSet:
			c.Set++
		default:
			c.Default++
		}
	}
	return c
}

func (c doctorCounts) String() string {
	checks := "checks"
	if c.Holds+c.Fails == 1 {
		checks = "check"
	}
	return fmt.Sprintf("%d %s: %d hold, %d FAIL; %d skipped. The wire: %d documented, %d set, %d assumed by default.",
		c.Holds+c.Fails, checks, c.Holds, c.Fails, c.Skipped, c.Documented, c.Set, c.Default)
}

// doctorReportVersion is that of -json's form. It goes up where a member changes its
// meaning or goes away.
const doctorReportVersion = 1

func (r *doctorReport) write(w *bufio.Writer, asJSON bool) error {
	if asJSON {
		return r.writeJSON(w)
	}
	return r.writeTable(w)
}

func (r *doctorReport) writeJSON(w *bufio.Writer) error {
	text, err := encodeJSON(struct {
		Version int          `json:"version"`
		Checks  []finding    `json:"checks"`
		Counts  doctorCounts `json:"counts"`
	}{doctorReportVersion, r.findings, r.counts()}, "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

// writeTable aligns all but the last column, which is as long as it has to be.
func (r *doctorReport) writeTable(w *bufio.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	var current section
	for _, f := range r.findings {
		if f.Section != current {
			current = f.Section
			fmt.Fprintf(table, "%s:\n", current.heading())
		}
		found := shown(f.Found)
		if f.WhoActs != "" {
			found += " [acts: " + f.WhoActs + "]"
		}
		source := f.Source
		if source == "" {
			source = "-"
		}
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\n", shown(f.Subject), source, f.Outcome.word(), found)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s\n", r.counts())
	return err
}

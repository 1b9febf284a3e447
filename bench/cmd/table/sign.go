package main

import (
	"fmt"
	"strings"
)

const (
	unitRate   = "signatures/s"
	defaultKey = "go" // the build without an experiment
)

// sign renders what limits signed calls.
func sign(samples []sample) string {
	return rates(samples) + "\n" + parts(samples)
}

// signers in the order of the table.
var signers = []struct{ title, build, by string }{
	{"crypto/rsa alone", defaultKey, "rsa"},
	{"ours, a whole call", defaultKey, own},
	{"crypto/rsa alone, GOEXPERIMENT=boringcrypto", "boringcrypto", "rsa"},
	{"ours, a whole call, GOEXPERIMENT=boringcrypto", "boringcrypto", own},
	{"openssl speed rsa2048", "openssl", "openssl"},
}

func rates(samples []sample) string {
	const work = "SignRate"
	var b strings.Builder
	b.WriteString("Signatures a second (RSA of 2,048 bits, SHA-256), without a network:\n\n")
	counts := byNumber(keysOf(samples, work, "n"))
	head, rule := "| by |", "|---|"
	for _, n := range counts {
		head, rule = head+" from "+n+" at once |", rule+"---:|"
	}
	b.WriteString(head + "\n" + rule + "\n")
	for _, s := range signers {
		keys := map[string]string{"build": s.build, "by": s.by}
		if len(valuesOf(samples, unitRate, work, keys)) == 0 {
			continue
		}
		b.WriteString("| " + s.title + " |")
		for _, n := range counts {
			b.WriteString(" " + center(samples, unitRate, work, with(keys, "n", n), whole) + " |")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// parts is how a signed call's CPU splits. What the call takes beside the signature is
// that of an unsigned one.
func parts(samples []sample) string {
	part := func(name string) float64 {
		return middle(valuesOf(samples, unitWall, "SignPart", map[string]string{"build": defaultKey, "part": name}))
	}
	call := func(signed string) float64 {
		return middle(valuesOf(samples, unitCPU, "SignedCall", map[string]string{"build": defaultKey, "signed": signed}))
	}
	whole := call("yes")
	var b strings.Builder
	b.WriteString("Where the CPU of ours' signed GET over HTTP/2 goes:\n\n| part | time | share |\n|---|---:|---:|\n")
	for _, row := range []struct {
		title string
		value float64
	}{
		{"the text that is signed", part("text")},
		{"SHA-256 of it", part("digest")},
		{"RSA", part("rsa")},
		{"base64", part("base64")},
		{"the call without a signature", call("no")},
		{"the signed call, measured", whole},
	} {
		fmt.Fprintf(&b, "| %s | %s | %.1f %% |\n", row.title, duration(row.value), 100*row.value/whole)
	}
	fmt.Fprintf(&b, "\nA KMS's signature is verified before it is sent: %s, in RSA's place.\n", duration(part("verify")))
	return b.String()
}

// middle is 0 where there is nothing.
func middle(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	return median(values).Center
}

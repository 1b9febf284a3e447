package faults

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// success is the share of calls that succeeded.
func (o outcome) success() float64 { return float64(o.ok) / float64(o.calls) }

// quantile is the time within which a share of the calls had ended, well or not.
func (o outcome) quantile(share float64) time.Duration {
	return o.took[min(len(o.took)-1, int(math.Ceil(share*float64(len(o.took))))-1)]
}

func (o outcome) requestsPerCall() float64 { return float64(o.requests) / float64(o.calls) }

// row is one of the table's.
func (o outcome) row(scene, client string) string {
	seconds := func(share float64) string { return fmt.Sprintf("%.2f s", o.quantile(share).Seconds()) }
	return fmt.Sprintf("| %s | %s | %.2f %% | %s | %s | %s | %.3f |\n",
		scene, client, 100*o.success(), seconds(0.5), seconds(0.99), seconds(0.999), o.requestsPerCall())
}

func table(rows []string) string {
	return "| fault | client | calls that succeed | p50 | p99 | p99.9 | requests a call |\n|---|---|---:|---:|---:|---:|---:|\n" + strings.Join(rows, "")
}

//go:build linux

package riverdevices

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

const (
	proofJobs    = 500
	outageLength = 21 * time.Second
	proofLimit   = 150 * time.Second // for the jobs, from the first on
)

// TestPostgresProof puts 500 devices through two worker processes while everything goes
// wrong that an integrator fears, and then asks the fake and the queue what came of them.
func TestPostgresProof(t *testing.T) {
	begun := time.Now()
	database := newDatabase(t)
	g := newGate(t)
	queue := newInserter(t, database)
	doomed := startWorker(t, "doomed", database, g)
	startWorker(t, "steady", database, g)
	p := &proof{t: t, gate: g, queue: queue}

	// One device gets REQUEST_TIMEOUT twice: the admin hears of it once.
	g.fake.Inject(coreapitest.Fault{Operation: "Devices.Save", Code: coreapi.CodeRequestTimeout, Times: 2})
	p.insert(1)
	p.waitUntilDone(patience)

	// Answers are lost, and a worker process is killed while the fake holds the answer of a
	// Save that it has handled.
	g.fake.Inject(
		coreapitest.Fault{Operation: "Devices.Save", Skip: 10, Times: 10, Code: coreapi.CodeRequestTimeout},
		coreapitest.Fault{Operation: "Devices.Save", Skip: 25, Times: 10, Code: coreapi.CodeRequestTimeout, After: true},
		coreapitest.Fault{Operation: "Devices.Save", Skip: 40, Times: 15, Drop: coreapitest.DropAfter},
		coreapitest.Fault{Operation: "Devices.Save", Skip: 60, Times: 10, Drop: coreapitest.DropBefore},
		coreapitest.Fault{Operation: "Devices.Save", Skip: 75, Times: 10, Status: http.StatusTooManyRequests, RetryAfter: "2"},
		coreapitest.Fault{Operation: "Devices.Save", Skip: 90, Times: 10, Status: http.StatusBadGateway},
	)
	p.insert(199)
	p.waitForSends(120)
	held := g.hold("doomed")
	waitUntil(t, held)
	doomed.kill(t)
	startWorker(t, "heir", database, g)

	// An outage: nothing listens at first, then a gateway answers for the API.
	g.close()
	p.insert(150)
	time.Sleep(outageLength / 2)
	g.setDown(true)
	g.listen(t, g.address)
	time.Sleep(outageLength / 2)
	g.fake.SetClientStatus(coreapitest.Suspended)
	g.setDown(false)

	// The client is suspended: the queue is paused, and the admin hears of it once.
	p.insert(150)
	require.Eventually(t, func() bool {
		return isPaused(t, queue) && len(g.reportsOf("CLIENT_ACCOUNT_SUSPENDED")) > 0
	}, patience, 20*time.Millisecond)
	time.Sleep(2 * time.Second) // those under way end
	before := len(g.sent())
	time.Sleep(3 * time.Second) // three probes
	require.Len(t, g.sent(), before, "nothing is sent from a paused queue")
	g.fake.SetClientStatus(coreapitest.Active)

	p.waitUntilDone(proofLimit - time.Since(begun))
	p.judge()
	t.Logf("%s; %.0f s", p.figures(), time.Since(begun).Seconds())
}

type proof struct {
	t     *testing.T
	gate  *gate
	queue *river.Client[pgx.Tx]

	inserted                              int
	lost, doubles, looks, allowed, killed int
}

func (p *proof) insert(n int) {
	p.t.Helper()
	params := make([]river.InsertManyParams, n)
	for i := range params {
		params[i].Args = SaveDeviceArgs{DeviceID: fmt.Sprintf("phone-%d", p.inserted+i)}
	}
	p.inserted += n
	_, err := p.queue.InsertMany(p.t.Context(), params)
	require.NoError(p.t, err)
}

func (p *proof) waitForSends(n int) {
	p.t.Helper()
	require.Eventually(p.t, func() bool { return len(p.gate.sent()) >= n }, patience, 5*time.Millisecond)
}

// waitUntilDone waits until no job has anything left to do.
func (p *proof) waitUntilDone(limit time.Duration) {
	p.t.Helper()
	final := map[rivertype.JobState]int{}
	require.Eventually(p.t, func() bool {
		clear(final)
		for _, job := range jobsOf(p.t, p.queue, SaveDeviceArgs{}.Kind()) {
			final[job.State]++
		}
		done := final[rivertype.JobStateCompleted] + final[rivertype.JobStateCancelled] + final[rivertype.JobStateDiscarded]
		return done == p.inserted
	}, limit, 100*time.Millisecond, "the jobs' states: %v", final)
}

// judge asks the fake which devices are stored, the queue which jobs are done, and the gate
// why each Save that was not a device's first was sent.
func (p *proof) judge() {
	p.t.Helper()
	stores := map[string]int{}
	for _, device := range p.gate.fake.Devices() {
		stores[device.Info.DeviceID]++
	}
	sends := map[string][]send{}
	ids := map[string]bool{}
	for _, s := range p.gate.sent() {
		sends[s.device] = append(sends[s.device], s)
		require.False(p.t, ids[s.requestID], "the request id %s was used twice", s.requestID)
		ids[s.requestID] = true
	}
	jobs := jobsOf(p.t, p.queue, SaveDeviceArgs{}.Kind())
	require.Len(p.t, jobs, proofJobs)
	for _, job := range jobs {
		var args SaveDeviceArgs
		require.NoError(p.t, json.Unmarshal(job.EncodedArgs, &args))
		if job.State != rivertype.JobStateCompleted || stores[args.DeviceID] != 1 {
			p.lost++
			p.t.Logf("lost: %s is %s, stored %d times: %+v", args.DeviceID, job.State, stores[args.DeviceID], job.Errors)
		}
		p.judgeSends(job, sends[args.DeviceID])
	}
	require.Zero(p.t, p.lost, "a job was lost")
	require.Zero(p.t, p.doubles, "a Save was sent again without a reason")
	require.Len(p.t, stores, proofJobs, "each device is stored")
	require.Positive(p.t, p.killed, "the kill left a job to look for")
	require.Len(p.t, p.gate.reportsOf("CLIENT_ACCOUNT_SUSPENDED"), 1)
	require.Len(p.t, p.gate.reportsOf("REQUEST_TIMEOUT"), 1)
	require.False(p.t, isPaused(p.t, p.queue))
}

// judgeSends takes the Saves of one device in their order.
func (p *proof) judgeSends(job *rivertype.JobRow, sends []send) {
	p.t.Helper()
	last := sends[len(sends)-1].outcome
	require.Contains(p.t, []string{stored, "DUPLICATE_KEY"}, last, "what the job took for a success: %+v", sends)
	for i := range len(sends) - 1 {
		switch earlier := sends[i]; {
		case earlier.outcome == dropped, earlier.outcome == outage, earlier.outcome == http.StatusText(http.StatusBadGateway):
			p.looks++ // it may have been acted on
		case earlier.outcome == "REQUEST_TIMEOUT", // the reference says to send it again
			earlier.outcome == http.StatusText(http.StatusTooManyRequests), // refused
			earlier.outcome == "CLIENT_ACCOUNT_SUSPENDED":                  // refused, and lifted since
			p.allowed++
		case earlier.worker == "doomed" && wasRescued(job): // killed before it wrote down what came of it
			p.looks++
			p.killed++
		default:
			p.doubles++
			p.t.Logf("double: %+v", sends)
		}
	}
}

func wasRescued(job *rivertype.JobRow) bool {
	for _, e := range job.Errors {
		if strings.HasPrefix(e.Error, "Stuck job rescued") {
			return true
		}
	}
	return false
}

// figures are for the README.
func (p *proof) figures() string {
	sent := p.gate.sent()
	return fmt.Sprintf("proof: %d jobs, 3 worker processes, 1 kill, %d saves (%d looks, %d of them after the kill; %d that the API refused or asked for again), %d doubles, %d lost, 1 report of the suspension",
		proofJobs, len(sent), p.looks, p.killed, p.allowed, p.doubles, p.lost)
}

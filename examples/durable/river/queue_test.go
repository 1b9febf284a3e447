//go:build linux

package riverdevices

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

// patience is for one step on a slow machine.
const patience = 30 * time.Second

func insert(t *testing.T, client *river.Client[pgx.Tx], args river.JobArgs) *rivertype.JobRow {
	t.Helper()
	result, err := client.Insert(t.Context(), args, nil)
	require.NoError(t, err)
	return result.Job
}

// waitFor waits until a job is in a state.
func waitFor(t *testing.T, client *river.Client[pgx.Tx], id int64, state rivertype.JobState) *rivertype.JobRow {
	t.Helper()
	var job *rivertype.JobRow
	for limit := time.Now().Add(patience); ; {
		var err error
		job, err = client.JobGet(t.Context(), id)
		require.NoError(t, err)
		if job.State == state {
			return job
		}
		require.True(t, time.Now().Before(limit), "job %d is %s, not %s: %+v", id, job.State, state, job.Errors)
		time.Sleep(20 * time.Millisecond)
	}
}

func waitUntil(t *testing.T, closed <-chan struct{}) {
	t.Helper()
	select {
	case <-closed:
	case <-time.After(patience):
		require.Fail(t, "nothing was held")
	}
}

func isPaused(t *testing.T, client *river.Client[pgx.Tx]) bool {
	t.Helper()
	queue, err := client.QueueGet(t.Context(), SaveQueue)
	require.NoError(t, err)
	return queue.PausedAt != nil
}

func jobsOf(t *testing.T, client *river.Client[pgx.Tx], kind string) []*rivertype.JobRow {
	t.Helper()
	list, err := client.JobList(t.Context(), river.NewJobListParams().Kinds(kind).First(10_000))
	require.NoError(t, err)
	return list.Jobs
}

// newQueue is a queue on a database of its own, and what its workers need.
func newQueue(t *testing.T) (*gate, *river.Client[pgx.Tx], Setup) {
	t.Helper()
	database := newDatabase(t)
	g := newGate(t)
	setup, err := newSetup(newPool(t, database), "worker", g.address, g.fake.ClientKey)
	require.NoError(t, err)
	setup.ProbeEvery = 200 * time.Millisecond
	return g, newInserter(t, database), setup
}

func TestPostgresASuspendedClientPausesTheQueueUntilTheProbeMayResumeIt(t *testing.T) {
	g, queue, setup := newQueue(t)
	g.fake.SetClientStatus(coreapitest.Suspended)
	startClient(t, setup)
	job := insert(t, queue, SaveDeviceArgs{DeviceID: "phone-1"})
	require.Eventually(t, func() bool { return isPaused(t, queue) && len(g.reportsOf("CLIENT_ACCOUNT_SUSPENDED")) == 1 }, patience, 20*time.Millisecond)

	waiting := insert(t, queue, SaveDeviceArgs{DeviceID: "phone-2"})
	probe := jobsOf(t, queue, probeArgs{}.Kind())[0]
	require.Eventually(t, func() bool { // the probe was refused again and again
		probe, err := queue.JobGet(t.Context(), probe.ID)
		return err == nil && len(probe.AttemptedBy) > 2
	}, patience, 20*time.Millisecond)
	require.Len(t, g.sent(), 1, "nothing is sent from a paused queue")

	g.fake.SetClientStatus(coreapitest.Active)
	waitFor(t, queue, waiting.ID, rivertype.JobStateCompleted)
	done := waitFor(t, queue, job.ID, rivertype.JobStateCompleted)
	require.Equal(t, 1, done.Attempt, "a snooze is no attempt")
	require.False(t, isPaused(t, queue))
	require.Len(t, g.reportsOf("CLIENT_ACCOUNT_SUSPENDED"), 1)
}

func TestPostgresASecondSuspensionIsReportedToo(t *testing.T) {
	g, queue, setup := newQueue(t)
	startClient(t, setup)
	for incident := 1; incident <= 2; incident++ {
		g.fake.SetClientStatus(coreapitest.Suspended)
		job := insert(t, queue, SaveDeviceArgs{DeviceID: fmt.Sprint("phone-", incident)})
		require.Eventually(t, func() bool { return len(g.reportsOf("CLIENT_ACCOUNT_SUSPENDED")) == incident }, patience, 20*time.Millisecond)
		g.fake.SetClientStatus(coreapitest.Active)
		waitFor(t, queue, job.ID, rivertype.JobStateCompleted)
	}
}

func TestPostgresAProbeThatIsNotRefusedResumesTheQueueWithoutAReport(t *testing.T) {
	g, queue, setup := newQueue(t)
	startClient(t, setup)
	require.NoError(t, queue.QueuePause(t.Context(), SaveQueue, nil))
	probe := insert(t, queue, probeArgs{Code: coreapi.CodeClientAccountSuspended, Text: "Code: CLIENT_ACCOUNT_SUSPENDED\n"})
	waitFor(t, queue, probe.ID, rivertype.JobStateCompleted)
	require.False(t, isPaused(t, queue))
	require.Empty(t, g.reportsOf("CLIENT_ACCOUNT_SUSPENDED"))
}

func TestPostgresAProbeWithoutAnAnswerAsksAgain(t *testing.T) {
	g, queue, setup := newQueue(t)
	g.setDown(true)
	startClient(t, setup)
	require.NoError(t, queue.QueuePause(t.Context(), SaveQueue, nil))
	probe := insert(t, queue, probeArgs{Code: coreapi.CodeClientAccountSuspended, Text: "Code: CLIENT_ACCOUNT_SUSPENDED\n"})
	require.Eventually(t, func() bool {
		probe, err := queue.JobGet(t.Context(), probe.ID)
		return err == nil && len(probe.AttemptedBy) > 1
	}, patience, 20*time.Millisecond)
	require.True(t, isPaused(t, queue))
	g.setDown(false)
	waitFor(t, queue, probe.ID, rivertype.JobStateCompleted)
	require.False(t, isPaused(t, queue))
	require.Empty(t, g.reportsOf("CLIENT_ACCOUNT_SUSPENDED"))
}

func TestPostgresAForbiddenEndpointIsTriedAgainAndReportedOnce(t *testing.T) {
	g, queue, setup := newQueue(t)
	g.fake.Inject(coreapitest.Fault{Operation: "Devices.Save", Code: coreapi.CodeEndpointForbidden, Times: 3})
	startClient(t, setup)
	job := insert(t, queue, SaveDeviceArgs{DeviceID: "phone-1"})
	waitFor(t, queue, job.ID, rivertype.JobStateCompleted)
	require.Len(t, g.sent(), 4)
	require.Len(t, g.reportsOf("UNITSYSTEM00002"), 1)
	require.False(t, isPaused(t, queue))
}

func TestPostgresAUserWithoutAccessCancelsOneJobOfMany(t *testing.T) {
	g, queue, setup := newQueue(t)
	g.fake.Inject(coreapitest.Fault{Operation: "Devices.Save", Code: coreapi.CodeUserSuspended})
	startClient(t, setup)
	first := insert(t, queue, SaveDeviceArgs{DeviceID: "phone-1"})
	cancelled := waitFor(t, queue, first.ID, rivertype.JobStateCancelled)
	require.Contains(t, cancelled.Errors[0].Error, "Core APIs error report\nCode: USER_SUSPENDED\n")
	second := insert(t, queue, SaveDeviceArgs{DeviceID: "phone-2"})
	waitFor(t, queue, second.ID, rivertype.JobStateCompleted)
	require.False(t, isPaused(t, queue))
}

func TestPostgresASecondRequestTimeoutIsReportedOnceForAllJobs(t *testing.T) {
	g, queue, setup := newQueue(t)
	startClient(t, setup)
	for i := range 2 {
		g.fake.Inject(coreapitest.Fault{Operation: "Devices.Save", Code: coreapi.CodeRequestTimeout, Times: 2})
		job := insert(t, queue, SaveDeviceArgs{DeviceID: fmt.Sprint("phone-", i)})
		waitFor(t, queue, job.ID, rivertype.JobStateCompleted)
	}
	require.Eventually(t, func() bool { return len(g.reportsOf("REQUEST_TIMEOUT")) == 1 }, patience, 20*time.Millisecond)
	require.Len(t, jobsOf(t, queue, reportArgs{}.Kind()), 1)
}

func TestPostgresABadDeployCancelsNoJob(t *testing.T) {
	g, queue, setup := newQueue(t)
	g.fake.Inject(coreapitest.Fault{Operation: "Devices.Save", Status: http.StatusUnauthorized, Times: 2})
	startClient(t, setup)
	job := insert(t, queue, SaveDeviceArgs{DeviceID: "phone-1"})
	done := waitFor(t, queue, job.ID, rivertype.JobStateCompleted)
	require.Len(t, done.Errors, 2, "River counts and shows them")
	require.Len(t, g.sent(), 3)
	require.False(t, isPaused(t, queue))
	require.Empty(t, jobsOf(t, queue, reportArgs{}.Kind()))
}

func TestPostgresALostAnswerIsFoundByASecondSave(t *testing.T) {
	g, queue, setup := newQueue(t)
	g.fake.Inject(coreapitest.Fault{Operation: "Devices.Save", Drop: coreapitest.DropAfter})
	startClient(t, setup)
	job := insert(t, queue, SaveDeviceArgs{DeviceID: "phone-1"})
	waitFor(t, queue, job.ID, rivertype.JobStateCompleted)
	sent := g.sent()
	require.Len(t, sent, 2)
	require.Equal(t, "DUPLICATE_KEY", sent[1].outcome)
	require.NotEqual(t, sent[0].requestID, sent[1].requestID)
}

func TestPostgresAnotherDevicesIdIsCancelled(t *testing.T) {
	g, queue, setup := newQueue(t)
	g.fake.AddDevice(coreapi.DeviceInfo{DeviceID: "phone-1"})
	startClient(t, setup)
	job := insert(t, queue, SaveDeviceArgs{DeviceID: "phone-1"})
	cancelled := waitFor(t, queue, job.ID, rivertype.JobStateCancelled)
	require.Contains(t, cancelled.Errors[0].Error, "Change the value that has to be unique.")
	require.Len(t, g.sent(), 1)
}

// An interrupted run takes its attempt back and counts no snooze, so the two do not make a
// request id that is new.
func TestPostgresAStoppedClientsJobGoesOnUnderANewRequestID(t *testing.T) {
	g, queue, setup := newQueue(t)
	held := g.hold("worker")
	stopping := startClient(t, setup)
	job := insert(t, queue, SaveDeviceArgs{DeviceID: "phone-1"})
	waitUntil(t, held)
	stopClient(t, stopping)
	interrupted := waitFor(t, queue, job.ID, rivertype.JobStateAvailable)
	require.Zero(t, interrupted.Attempt)
	require.Empty(t, interrupted.Errors)

	startClient(t, setup)
	waitFor(t, queue, job.ID, rivertype.JobStateCompleted)
	sent := g.sent()
	require.Len(t, sent, 2)
	require.Equal(t, "DUPLICATE_KEY", sent[1].outcome)
	require.NotEqual(t, sent[0].requestID, sent[1].requestID)
}

func TestPostgresADeviceHasOneJob(t *testing.T) {
	_, queue, _ := newQueue(t)
	first := insert(t, queue, SaveDeviceArgs{DeviceID: "phone-1", Name: "Ada's"})
	second := insert(t, queue, SaveDeviceArgs{DeviceID: "phone-1", Name: "Bob's"})
	require.Equal(t, first.ID, second.ID)
}

func TestPostgresTokensAreSentButInNoRow(t *testing.T) {
	g, queue, setup := newQueue(t)
	setup.Secrets = func(_ context.Context, args SaveDeviceArgs) (push, user coreapi.Secret, err error) {
		return coreapi.Secret("push-token-of-" + args.DeviceID), coreapi.Secret("user-token-of-" + args.UserID), nil
	}
	startClient(t, setup)
	job := insert(t, queue, SaveDeviceArgs{DeviceID: "phone-1", UserID: "ada", Extra: map[string]any{"color": "red"}})
	done := waitFor(t, queue, job.ID, rivertype.JobStateCompleted)
	saved := g.fake.Devices()[0]
	require.Equal(t, "push-token-of-phone-1", string(saved.Info.PushToken))
	require.Equal(t, map[string]any{"color": "red"}, saved.Info.Extra)
	require.Contains(t, string(done.Output()), saved.ID)
	require.Len(t, g.fake.Requests()[0].Header["X-Token"], 1)
	var row string
	require.NoError(t, setup.DB.QueryRow(t.Context(), "SELECT row_to_json(river_job)::text FROM river_job").Scan(&row))
	require.NotContains(t, row, "token-of")
}

func TestPostgresTokensThatCannotBeFetchedSendNothing(t *testing.T) {
	g, queue, setup := newQueue(t)
	setup.Secrets = func(context.Context, SaveDeviceArgs) (push, user coreapi.Secret, err error) {
		return "", "", errors.New("the vault is sealed")
	}
	startClient(t, setup)
	job := insert(t, queue, SaveDeviceArgs{DeviceID: "phone-1"})
	require.Eventually(t, func() bool {
		job, err := queue.JobGet(t.Context(), job.ID)
		return err == nil && len(job.Errors) > 0 && job.Errors[0].Error == "the vault is sealed"
	}, patience, 20*time.Millisecond)
	require.Empty(t, g.sent())
}

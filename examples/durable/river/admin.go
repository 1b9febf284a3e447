package riverdevices

import (
	"cmp"
	"context"
	"errors"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"github.com/fypass/coreapi-go"
)

// SaveQueue is paused while the client has no access; adminQueue never is.
const SaveQueue, adminQueue = "coreapi_save", "coreapi_admin"

// Setup is what the workers need, all of it. Its functions must be safe for concurrent use.
type Setup struct {
	API        *coreapi.Client
	DB         *pgxpool.Pool // River's
	ProbeEvery time.Duration // how often a paused queue asks whether the client has access
	// Secrets fetches tokens from where they live: your vault, or a column that you encrypt.
	// Who can read river_job can read all arguments. Its error is a failed attempt.
	Secrets func(context.Context, SaveDeviceArgs) (pushToken, userToken coreapi.Secret, err error)
	// Tell gives a report, without secrets, to a person who contacts the API's admin: once, unless it or its process fails.
	Tell func(ctx context.Context, report string) error
}

// Config is a process's, with maxWorkers saves at once. Every client of the schema needs all of the workers: its leader
// discards stuck jobs of other kinds. River's retry policy is kept: attempt⁴ seconds, for 25 attempts in three weeks.
func (s Setup) Config(maxWorkers int) *river.Config {
	report := func(ctx context.Context, job *river.Job[reportArgs]) error { return s.Tell(ctx, job.Args.Text) }
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(s.save))
	river.AddWorker(workers, river.WorkFunc(s.probe))
	river.AddWorker(workers, river.WorkFunc(report))
	return &river.Config{
		Workers:              workers,
		Queues:               map[string]river.QueueConfig{SaveQueue: {MaxWorkers: maxWorkers}, adminQueue: {MaxWorkers: 2}},
		JobTimeout:           time.Minute,     // more than the SDK's attempt timeout
		RescueStuckJobsAfter: 2 * time.Minute, // after a kill; more than JobTimeout
	}
}

// reportArgs are unique while River keeps the job, completed too: 24 hours.
type reportArgs struct {
	Code     coreapi.Code `river:"unique"`
	Incident int64        `river:"unique"` // the probe's job; 0: none, so one report a day
	Text     string
}

func (reportArgs) Kind() string { return "coreapi_report" }
func (reportArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: adminQueue, UniqueOpts: river.UniqueOpts{ByArgs: true}}
}

// probeArgs are an incident's: the client has no access. A code has one at a time.
type probeArgs reportArgs

func (probeArgs) Kind() string { return "coreapi_probe" }
func (probeArgs) InsertOpts() river.InsertOpts {
	unfinished := []rivertype.JobState{rivertype.JobStateAvailable, rivertype.JobStatePending,
		rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled}
	return river.InsertOpts{Queue: adminQueue, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: unfinished},
		MaxAttempts: math.MaxInt16} // if it gave up, the queue would stay paused
}

// callAdmin hands a report over. Where the client has no access it pauses the queue and
// starts the probe that resumes it: both or neither, or a kill leaves the queue paused.
func (s Setup) callAdmin(ctx context.Context, client *river.Client[pgx.Tx], d decision) error {
	if d.tell == nil {
		return nil
	}
	args := reportArgs{Code: d.tell.Code, Text: d.tell.Report()}
	if !d.pause {
		_, err := client.Insert(ctx, args, nil)
		return err
	}
	return pgx.BeginFunc(ctx, s.DB, func(tx pgx.Tx) error {
		_, err := client.InsertTx(ctx, tx, probeArgs(args), nil)
		return errors.Join(err, client.QueuePauseTx(ctx, tx, SaveQueue, nil))
	})
}

// probe asks for the client's info until the client has access. It reports only what it is
// told too: a job that was refused just before the admin acted starts a probe, no report.
func (s Setup) probe(ctx context.Context, job *river.Job[probeArgs]) error {
	client, report := river.ClientFromContext[pgx.Tx](ctx), reportArgs(job.Args)
	_, err := s.API.Clients.Info(ctx, coreapi.WithRetryPolicy(coreapi.NoRetry()))
	silent := report.Code == coreapi.CodeEndpointForbidden || errors.Is(err, coreapi.ErrEndpointForbidden)
	switch {
	case silent && len(job.AttemptedBy) < 2: // a first run. The info cannot tell: after a wait, the next jobs will
	case !silent && errors.Is(err, coreapi.ErrContactAdmin):
		report.Incident = job.ID
	case !silent && err != nil: // no word of the client's access
		return river.JobSnooze(s.ProbeEvery)
	default:
		return pgx.BeginFunc(ctx, s.DB, func(tx pgx.Tx) error { // in callAdmin's order, or they may deadlock
			_, err := river.JobCompleteTx[*riverpgxv5.Driver](ctx, tx, job)
			return errors.Join(err, client.QueueResumeTx(ctx, tx, SaveQueue, nil))
		})
	}
	_, err = client.Insert(ctx, report, nil)
	return cmp.Or(err, river.JobSnooze(s.ProbeEvery))
}

// Package riverdevices saves devices through River, a queue on Postgres: the work outlives its
// process, and an outage of hours. It is meant to be copied. admin.go waits for the API's admin.
package riverdevices

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/fypass/coreapi-go"
)

// SaveDeviceArgs are a job's. coreapi.DeviceInfo cannot be: it marshals for logs, without
// its push token and the values of Extra. Tokens stay out of the database: see Setup.
type SaveDeviceArgs struct {
	DeviceID                                     string         `river:"unique"` // one job at a time for each
	Name, Model, Platform, OSVersion, AppVersion string         `json:",omitempty"`
	UserID                                       string         `json:",omitempty"` // whose token goes with it
	Extra                                        map[string]any `json:",omitempty"`
}

// Kind is the job's name in the database.
func (SaveDeviceArgs) Kind() string { return "coreapi_save_device" }

// InsertOpts are the queue, and that a device has one job at a time.
func (SaveDeviceArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: SaveQueue, UniqueOpts: river.UniqueOpts{ByArgs: true}}
}

// metadata is what a job's runs know of each other. Snoozes is River's own count.
type metadata struct {
	Snoozes int
	Output  mark
}

// mark is a job's output: stored before a run sends, and again with the job's next state.
type mark struct {
	Runs     int    // that were about to send
	Sent     bool   // the API may have acted on one of them
	Timeouts int    // REQUEST_TIMEOUT answers
	ID       string // of the saved device, for Devices.Get
}

// save makes one attempt. River repeats it, so the SDK does not: retries would multiply.
func (s Setup) save(ctx context.Context, job *river.Job[SaveDeviceArgs]) error {
	var before metadata
	if err := json.Unmarshal(job.Metadata, &before); err != nil {
		return err
	}
	a := job.Args
	pushToken, userToken, err := s.Secrets(ctx, a)
	if err != nil {
		return err
	}
	// A process that is killed says nothing, so the mark is there before anything is sent.
	before.Output.Runs++
	now := before.Output
	now.Sent = true
	client := river.ClientFromContext[pgx.Tx](ctx)
	if _, err := client.JobUpdate(ctx, job.ID, &river.JobUpdateParams{Output: now}); err != nil {
		return err
	}
	// A request id must be new. Attempt and snoozes are not: a run that a stopping client interrupts counts as neither.
	id := fmt.Sprintf("job-%d-%d-%d", job.CreatedAt.UnixMilli(), job.ID, now.Runs)
	opts := []coreapi.CallOption{coreapi.WithRequestID(id), coreapi.WithRetryPolicy(coreapi.NoRetry())}
	if userToken != "" {
		opts = append(opts, coreapi.WithUserToken(userToken))
	}
	device, err := s.API.Devices.Save(ctx, coreapi.DeviceInfo{DeviceID: a.DeviceID, Name: a.Name, Model: a.Model,
		Platform: a.Platform, OSVersion: a.OSVersion, AppVersion: a.AppVersion, PushToken: pushToken, Extra: a.Extra}, opts...)
	d := decide(ctx, err, before, s.ProbeEvery)
	if device != nil {
		d.mark.ID = device.ID
	}
	return cmp.Or(errors.Join(river.RecordOutput(ctx, d.mark), s.callAdmin(ctx, client, d)), d.result)
}

// decision is what becomes of a job after a run.
type decision struct {
	result error          // for River: nil, a snooze, a cancellation, or an error to retry
	tell   *coreapi.Error // the admin is to hear of it
	pause  bool           // … and until the admin acts no job of the queue can work
	mark   mark           // for the next run
}

// decide reads the error of a Save, and what earlier runs left.
func decide(ctx context.Context, err error, before metadata, probeEvery time.Duration) decision {
	d := decision{mark: before.Output, result: err}
	var e *coreapi.Error
	if !errors.As(err, &e) { // nil: a call's errors all are one
		d.mark.Sent = true
		return d
	}
	d.mark.Sent = d.mark.Sent || e.Delivery == coreapi.DeliveryUnknown
	if errors.Is(err, coreapi.ErrRequestTimeout) {
		d.mark.Timeouts++
	}
	g := e.Guidance()
	switch {
	case errors.Is(err, coreapi.ErrDuplicateKey) && before.Output.Sent:
		d.result = nil // an earlier run saved it, since a deviceId is one device's alone
	case ctx.Err() != nil: // the process stops, or the job's time is over: River runs it again
	case coreapi.IsRetryable(err), g.Action == coreapi.ActionLook, deploymentFault(e): // the look is the next run's Save
		d.result = later(e, before.Snoozes)
		if errors.Is(err, coreapi.ErrRequestTimeout) && d.mark.Timeouts >= 2 { // "if it comes again, contact the admin"
			d.tell = e
		}
	case g.Action == coreapi.ActionContactAdmin && errors.Is(err, coreapi.ErrUserAccount):
		d.result = river.JobCancel(errors.New(e.Report()))
	case g.Action == coreapi.ActionContactAdmin:
		d.result, d.tell, d.pause = river.JobSnooze(probeEvery), e, true
	default:
		d.result = river.JobCancel(fmt.Errorf("%s: %w", g, err))
	}
	return d
}

// deploymentFault: a key, a certificate, the proxy or the base URL here is wrong. That says nothing about the work.
func deploymentFault(e *coreapi.Error) bool {
	class, status := e.Class(), e.StatusCode
	return class == "auth" || class == "tls" || class == "proxy" || class == "redirect" ||
		class == "unknown_code" && (status == 401 || status == 403 || status == 404) // without a documented code
}

// later is when the API asked for, and a little more, so that jobs do not come back in
// step; else when River's retry policy says. A snooze counts no attempt, so 20 are enough.
func later(e *coreapi.Error, snoozes int) error {
	if e.RetryAfter <= 0 || snoozes >= 20 {
		return e
	}
	return river.JobSnooze(min(e.RetryAfter, time.Hour) + rand.N(5*time.Second))
}

// Package temporaldevices logs a user in on the hosted page and saves the user's device, through
// Temporal. Copy it; docs/durable.md has the decisions.
//
// Temporal's history keeps arguments, results and errors for weeks, and its UI shows them. So
// tokens and the hosted URL stay in a store of yours, and workflows pass a record's id.
package temporaldevices

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/fypass/coreapi-go"
)

// Record is one login and its device. JSON has a Secret as "[redacted]": encrypt string(secret).
type Record struct {
	Session    coreapi.LoginSession // whoever has its ReqToken can fetch the user's token
	UserToken  coreapi.Secret
	Device     coreapi.DeviceInfo
	MaybeSaved bool // set before the device is sent: a process may die with no error at all
}

// Store keeps the records, in a database of yours.
type Store interface {
	Load(ctx context.Context, id string) (Record, error)
	Update(ctx context.Context, id string, change func(*Record)) error // in one transaction
}

// Activities call the API with one attempt each: Temporal repeats. HandOver sends a report to
// the API's admin, and ignores a key that it has seen, since an activity may run twice.
type Activities struct {
	API      *coreapi.Client
	Store    Store
	HandOver func(ctx context.Context, key, report string) error
}

// StartLogin starts a hosted login. Your web handler sends the user to the record's Session.URL.
// Where the answer got lost it starts another: nobody has seen the page of the first.
func (a *Activities) StartLogin(ctx context.Context, id string) error {
	record, err := a.Store.Load(ctx, id)
	if err != nil || record.Session.ReqToken != "" {
		return err
	}
	session, err := a.API.Users.StartLogin(ctx, oneAttempt(ctx)...)
	if err != nil {
		return a.decide(ctx, err, false)
	}
	return a.Store.Update(ctx, id, func(r *Record) { r.Session = *session })
}

// PollLogin asks once, and returns whether the user is logged in.
func (a *Activities) PollLogin(ctx context.Context, id string) (bool, error) {
	record, err := a.Store.Load(ctx, id)
	if err != nil || record.UserToken != "" {
		return record.UserToken != "", err
	}
	status, err := a.API.Users.LoginStatus(ctx, record.Session.ReqToken, oneAttempt(ctx)...)
	switch {
	case err != nil:
		return false, a.decide(ctx, err, false)
	case status.State == coreapi.LoginFailed:
		return false, a.decide(ctx, coreapi.NewError(status.FailureCode, status.FailureMessage), true)
	case status.State != coreapi.LoginSucceeded:
		return false, nil
	}
	return true, a.Store.Update(ctx, id, func(r *Record) { r.UserToken = status.UserToken })
}

// SaveDevice saves the record's device. A repeated Save is the look: where deviceIds are unique,
// DUPLICATE_KEY after a Save that may have been acted on means that the device is saved.
func (a *Activities) SaveDevice(ctx context.Context, id string) error {
	var record Record // as it was
	if err := a.Store.Update(ctx, id, func(r *Record) { record, r.MaybeSaved = *r, true }); err != nil {
		return err
	}
	_, err := a.API.Devices.Save(ctx, record.Device, append(oneAttempt(ctx), coreapi.WithUserToken(record.UserToken))...)
	if err == nil || record.MaybeSaved && errors.Is(err, coreapi.ErrDuplicateKey) {
		return nil
	}
	if e := new(coreapi.Error); errors.As(err, &e) && e.Delivery != coreapi.DeliveryUnknown {
		if err := a.Store.Update(ctx, id, func(r *Record) { r.MaybeSaved = record.MaybeSaved }); err != nil {
			return err
		}
	}
	return a.decide(ctx, err, false)
}

// Report hands a report over.
func (a *Activities) Report(ctx context.Context, report string) error {
	return a.HandOver(ctx, workID(ctx), report)
}

// Probe returns whether the client has access; false where that cannot be known.
func (a *Activities) Probe(ctx context.Context) (bool, error) {
	_, err := a.API.Clients.Info(ctx, oneAttempt(ctx)...)
	return err == nil, ctx.Err()
}

// oneAttempt makes a call one request, with an id that no other has and that leads to the run.
func oneAttempt(ctx context.Context) []coreapi.CallOption {
	id := fmt.Sprintf("%s.%d", workID(ctx), activity.GetInfo(ctx).Attempt)
	return []coreapi.CallOption{coreapi.WithRetryPolicy(coreapi.NoRetry()), coreapi.WithRequestID(id)}
}

func workID(ctx context.Context) string {
	info := activity.GetInfo(ctx)
	return info.WorkflowExecution.RunID + "." + info.ActivityID
}

// decide says by an error's type (code or class), text (it ends with the advice) and detail (a report: all work
// for this client stops) what Temporal does next. final: a login has ended, whatever its code.
func (a *Activities) decide(ctx context.Context, err error, final bool) error {
	var e *coreapi.Error
	if ctx.Err() != nil || !errors.As(err, &e) {
		return err // this worker stops, which says nothing about the work
	}
	again := !final && (coreapi.IsRetryable(e) || e.Guidance().Action == coreapi.ActionLook || deploymentFault(e))
	report := errors.Is(e, coreapi.ErrContactAdmin) || again && e.Code == coreapi.CodeRequestTimeout && countTimeouts(ctx) == 2
	options := temporal.ApplicationErrorOptions{NonRetryable: !again, NextRetryDelay: retryDelay(ctx, e)}
	if report && !again && !final && !errors.Is(e, coreapi.ErrUserAccount) { // the client's code: ClientStopped reports it
		report, options.Details = false, []any{e.Report()}
	}
	failure := temporal.NewApplicationErrorWithOptions(e.Error(), cmp.Or(string(coreapi.CodeOf(e)), e.Class()), options)
	if !report {
		return failure
	}
	return cmp.Or(a.HandOver(ctx, workID(ctx), e.Report()), failure)
}

// deploymentFault: a key, a certificate, the proxy or the base URL here is wrong. That says nothing about the work.
func deploymentFault(e *coreapi.Error) bool {
	class, status := e.Class(), e.StatusCode
	return class == "auth" || class == "tls" || class == "proxy" || class == "redirect" ||
		class == "unknown_code" && (status == 401 || status == 403 || status == 404) // without a documented code
}

// countTimeouts counts this activity's REQUEST_TIMEOUTs: a call of one attempt cannot.
func countTimeouts(ctx context.Context) int {
	count := 0
	_ = activity.GetHeartbeatDetails(ctx, &count) // an error: there were none
	activity.RecordHeartbeat(ctx, count+1)
	return count + 1
}

// retryDelay is what the API asks for, up to an hour, and a backoff; 0: Temporal's backoff alone.
func retryDelay(ctx context.Context, e *coreapi.Error) time.Duration {
	if e.RetryAfter == 0 {
		return 0
	}
	backoff := retryPolicy.InitialInterval << min(activity.GetInfo(ctx).Attempt-1, 20)
	return min(e.RetryAfter, time.Hour) + rand.N(min(backoff, retryPolicy.MaximumInterval))
}

const (
	loginLife     = 10 * time.Minute // a pending login is a risk as well: docs/security.md
	lastPoll      = 10 * time.Second
	probeEvery    = 15 * time.Minute
	stoppedID     = "coreapi-client-stopped" // one workflow a client: with several, add its name
	signalWaiting = "waiting"                // to ClientStopped, with the id of a workflow to wake
	signalResume  = "resume"                 // to ClientStopped by a person; to the others by ClientStopped
)

var retryPolicy = temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: 5 * time.Minute}

// activityOptions: an attempt of the SDK takes at most 30 s; work outlives an outage of three days.
var activityOptions = workflow.ActivityOptions{StartToCloseTimeout: time.Minute, ScheduleToCloseTimeout: 72 * time.Hour, RetryPolicy: &retryPolicy}
var a *Activities // names the activities

// Onboard logs a record's user in and saves the device. A timer waits for the login, no goroutine.
func Onboard(ctx workflow.Context, id string) error {
	if err := step(ctx, a.StartLogin, id, nil); err != nil {
		return err
	}
	deadline := workflow.Now(ctx).Add(loginLife)
	for wait, done := time.Second, false; !done; wait = min(2*wait, lastPoll) {
		if workflow.Now(ctx).Add(wait).After(deadline) {
			return temporal.NewNonRetryableApplicationError("the login was not completed in time", "LOGIN_EXPIRED", nil)
		}
		if err := workflow.Sleep(ctx, wait); err != nil {
			return err
		}
		if err := step(ctx, a.PollLogin, id, &done); err != nil {
			return err
		}
	}
	return step(ctx, a.SaveDevice, id, nil)
}

// step runs an activity, and again whenever the client has lost its access and has it back.
func step(ctx workflow.Context, activity any, id string, result any) error {
	for {
		err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, activityOptions), activity, id).Get(ctx, result)
		var failed *temporal.ApplicationError
		var report string
		if !errors.As(err, &failed) || failed.Details(&report) != nil {
			return err
		}
		if err := waitForAccess(ctx, failed.Type(), report); err != nil {
			return err
		}
	}
}

// waitForAccess waits for ClientStopped: an id names one running workflow, so one report goes out for all.
func waitForAccess(ctx workflow.Context, code, report string) error {
	options := workflow.ChildWorkflowOptions{WorkflowID: stoppedID, ParentClosePolicy: enums.PARENT_CLOSE_POLICY_ABANDON}
	forAll, _ := workflow.NewDisconnectedContext(workflow.WithChildOptions(ctx, options)) // who cancels this workflow ends only it
	err := workflow.ExecuteChildWorkflow(forAll, ClientStopped, code, report).GetChildWorkflowExecution().Get(ctx, nil)
	if err == nil || temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		err = workflow.SignalExternalWorkflow(ctx, stoppedID, "", signalWaiting, workflow.GetInfo(ctx).WorkflowExecution.ID).Get(ctx, nil)
	}
	if ended := new(temporal.UnknownExternalWorkflowExecutionError); errors.As(err, &ended) {
		return nil // in the meantime: try again
	}
	if err != nil {
		return err
	}
	return workflow.Await(ctx, func() bool { return workflow.GetSignalChannel(ctx, signalResume).ReceiveAsync(nil) })
}

// ClientStopped hands the report over, probes until the client has access, and wakes those that wait. UNITSYSTEM00002
// is ended by a person, with the signal "resume": an answer to Clients.Info says nothing about another endpoint.
func ClientStopped(ctx workflow.Context, code, report string) (err error) {
	ctx = workflow.WithActivityOptions(ctx, activityOptions)
	workflow.ExecuteActivity(ctx, a.Report, report) // not waited for: a mailer that is down stops no probe
	resume := workflow.GetSignalChannel(ctx, signalResume)
	for access := false; !access; {
		access, err = workflow.AwaitWithTimeout(ctx, probeEvery, func() bool { return resume.ReceiveAsync(nil) })
		if err == nil && !access && code != string(coreapi.CodeEndpointForbidden) {
			err = workflow.ExecuteActivity(ctx, a.Probe).Get(ctx, &access)
		}
		if err != nil {
			return err
		}
	}
	for id := ""; workflow.GetSignalChannel(ctx, signalWaiting).ReceiveAsync(&id); {
		_ = workflow.SignalExternalWorkflow(ctx, id, "", signalResume, nil).Get(ctx, nil) // an error: it waits no more
	}
	return nil
}

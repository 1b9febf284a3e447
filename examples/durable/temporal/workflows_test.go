package temporaldevices

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	common "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

// completeLogin plays the user of a record, who is done after a while.
func (b *bench) completeLogin(env *testsuite.TestWorkflowEnvironment, id string, after time.Duration) {
	env.RegisterDelayedCallback(func() { b.fake.CompleteLogin(b.store.records[id].Session.ReqToken, email) }, after)
}

// onboard runs the workflow of record 1, whose user is done after two seconds. It returns how
// much of the workflow's time went by.
func (b *bench) onboard(env *testsuite.TestWorkflowEnvironment) (time.Duration, error) {
	b.completeLogin(env, "1", 2*time.Second)
	start := env.Now()
	env.ExecuteWorkflow(Onboard, "1")
	return env.Now().Sub(start), env.GetWorkflowError()
}

func TestATimerWaitsForTheLogin(t *testing.T) {
	b := newBench([]string{"1"})
	b.fake.RequireUserToken("Devices.Save")
	env := b.workflows()
	b.completeLogin(env, "1", 5*time.Minute)
	start := env.Now()
	env.ExecuteWorkflow(Onboard, "1")
	require.NoError(t, env.GetWorkflowError())
	require.GreaterOrEqual(t, env.Now().Sub(start), 5*time.Minute)
	require.Less(t, env.Now().Sub(start), 5*time.Minute+2*lastPoll)
	require.LessOrEqual(t, len(b.sent("Users.LoginStatus")), 36)
	require.Len(t, b.fake.Devices(), 1)
	require.Empty(t, b.desk.reports)
}

func TestALoginThatNobodyCompletesExpires(t *testing.T) {
	b := newBench([]string{"1"})
	env := b.workflows()
	start := env.Now()
	env.ExecuteWorkflow(Onboard, "1")
	require.Equal(t, "LOGIN_EXPIRED", failure(t, env.GetWorkflowError()).Type())
	require.LessOrEqual(t, env.Now().Sub(start), loginLife)
	require.Empty(t, b.sent("Devices.Save"))
}

func TestALoginThatIsCancelledOnThePageEndsTheWorkflow(t *testing.T) {
	b := newBench([]string{"1"})
	env := b.workflows()
	env.RegisterDelayedCallback(func() { b.fake.CancelLogin(b.store.records["1"].Session.ReqToken) }, 2*time.Second)
	env.ExecuteWorkflow(Onboard, "1")
	require.Equal(t, string(coreapi.CodeClientClosedRequest), failure(t, env.GetWorkflowError()).Type())
}

func TestEachAttemptIsOneRequestWithAnIDOfItsOwn(t *testing.T) {
	b := newBench([]string{"1"})
	b.fake.Inject(coreapitest.Fault{Operation: "Devices.Save", Code: coreapi.CodeRequestTimeout, Times: 3})
	_, err := b.onboard(b.workflows())
	require.NoError(t, err)
	require.Len(t, b.sent("Devices.Save"), 4)
	seen := map[string]bool{}
	for _, r := range b.fake.Requests() {
		id := r.Header.Get("X-Request-Id")
		require.False(t, seen[id], id)
		seen[id] = true
	}
}

func TestTheSecondRequestTimeoutGoesToTheAdminOnce(t *testing.T) {
	for timeouts, reports := range map[int]int{1: 0, 2: 1, 5: 1} {
		t.Run(fmt.Sprint(timeouts), func(t *testing.T) {
			b := newBench([]string{"1"})
			b.fake.Inject(coreapitest.Fault{Operation: "Devices.Save", Code: coreapi.CodeRequestTimeout, Times: timeouts})
			_, err := b.onboard(b.workflows())
			require.NoError(t, err)
			require.Len(t, b.desk.reports, reports)
		})
	}
}

func TestTheAPIsWishDelaysTheNextAttempt(t *testing.T) {
	b := newBench([]string{"1"})
	b.fake.Inject(coreapitest.Fault{Operation: "Devices.Save", Status: 429, RetryAfter: "1800"})
	took, err := b.onboard(b.workflows())
	require.NoError(t, err)
	require.GreaterOrEqual(t, took, 30*time.Minute)
	require.Len(t, b.sent("Devices.Save"), 2)
}

func TestALostAnswerIsOneDevice(t *testing.T) {
	b := newBench([]string{"1"})
	b.fake.Inject(
		coreapitest.Fault{Operation: "Devices.Save", Drop: coreapitest.DropAfter},
		coreapitest.Fault{Operation: "Devices.Save", Skip: 1, Status: 502})
	_, err := b.onboard(b.workflows())
	require.NoError(t, err)
	require.Len(t, b.fake.Devices(), 1)
	require.Len(t, b.sent("Devices.Save"), 3)
}

func TestABadDeployEndsNoWorkflow(t *testing.T) {
	b := newBench([]string{"1"})
	b.fake.Inject(
		coreapitest.Fault{Operation: "Users.StartLogin", Status: 401},
		coreapitest.Fault{Operation: "Devices.Save", Status: 404, Times: 9}) // the test suite ends a policy without a limit at 10
	took, err := b.onboard(b.workflows())
	require.NoError(t, err)
	require.Greater(t, took, 8*time.Minute)
	require.Len(t, b.fake.Devices(), 1)
	require.Empty(t, b.desk.reports)
}

func TestALostAnswerToStartLoginStartsAnother(t *testing.T) {
	b := newBench([]string{"1"})
	b.fake.Inject(coreapitest.Fault{Operation: "Users.StartLogin", Drop: coreapitest.DropAfter})
	_, err := b.onboard(b.workflows())
	require.NoError(t, err)
	require.Len(t, b.sent("Users.StartLogin"), 2)
}

func TestAClientThatIsStoppedIsProbedAndAllGoOn(t *testing.T) {
	ids := []string{"1", "2", "3"}
	b := newBench(ids)
	env := b.workflows()
	all := func(ctx workflow.Context) error {
		var running []workflow.Future
		for _, id := range ids {
			child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{WorkflowID: "onboard-" + id})
			running = append(running, workflow.ExecuteChildWorkflow(child, Onboard, id))
			// Not in the same instant: this test environment, unlike a server, has a workflow's id
			// before the workflow takes signals.
			if err := workflow.Sleep(ctx, 300*time.Millisecond); err != nil {
				return err
			}
		}
		for _, one := range running {
			if err := one.Get(ctx, nil); err != nil {
				return err
			}
		}
		return nil
	}
	env.RegisterWorkflow(all)
	for i, id := range ids {
		b.completeLogin(env, id, time.Duration(i+1)*10*time.Second)
	}
	env.RegisterDelayedCallback(func() { b.fake.SetClientStatus(coreapitest.Suspended) }, 5*time.Second)
	env.RegisterDelayedCallback(func() { b.fake.SetClientStatus(coreapitest.Active) }, 3*time.Hour)
	start := env.Now()
	env.ExecuteWorkflow(all)
	require.NoError(t, env.GetWorkflowError())
	require.GreaterOrEqual(t, env.Now().Sub(start), 3*time.Hour)
	require.Less(t, env.Now().Sub(start), 3*time.Hour+probeEvery+time.Minute)
	require.Len(t, b.fake.Devices(), 3)
	require.Len(t, b.desk.reports, 1)
	require.LessOrEqual(t, len(b.sent("Clients.Info")), 13, "one probe for all, every 15 minutes")
}

func TestAnEndpointThatIsForbiddenWaitsForAPerson(t *testing.T) {
	b := newBench([]string{"1"})
	env := b.workflows()
	b.fake.ForbidOperation("Devices.Save")
	var resumed error
	env.RegisterDelayedCallback(func() {
		b.fake.Inject(coreapitest.Fault{Operation: "Devices.Save", Body: `{"id":"device-1","deviceId":"phone-1"}`}) // the admin gives access
		resumed = env.SignalWorkflowByID(stoppedID, signalResume, nil)
	}, 24*time.Hour)
	took, err := b.onboard(env)
	require.NoError(t, err)
	require.NoError(t, resumed)
	require.GreaterOrEqual(t, took, 24*time.Hour)
	require.Less(t, took, 24*time.Hour+time.Minute)
	require.Empty(t, b.sent("Clients.Info"), "an answer to it proves nothing")
	require.Len(t, b.sent("Devices.Save"), 2)
	require.Len(t, b.desk.reports, 1)
}

func TestAClientThatLosesItsAccessAgainIsReportedAgain(t *testing.T) {
	b := newBench([]string{"1"})
	env := b.workflows()
	b.fake.Inject(coreapitest.Fault{Operation: "Devices.Save", Code: coreapi.CodeClientAccountSuspended, Times: 2})
	_, err := b.onboard(env)
	require.NoError(t, err)
	require.Len(t, b.desk.reports, 2)
	require.Len(t, b.sent("Clients.Info"), 2)
}

func TestAWorkflowThatWaitsForAccessCanBeCancelled(t *testing.T) {
	b := newBench([]string{"1"})
	env := b.workflows()
	b.fake.SetClientStatus(coreapitest.Deleted)
	env.RegisterDelayedCallback(func() { env.CancelWorkflowByID("default-test-workflow-id", "") }, time.Hour)
	env.RegisterDelayedCallback(func() { b.fake.SetClientStatus(coreapitest.Active) }, 2*time.Hour)
	env.ExecuteWorkflow(Onboard, "1")
	require.True(t, temporal.IsCanceledError(env.GetWorkflowError()), env.GetWorkflowError())
	require.Len(t, b.sent("Clients.Info"), 8, "ClientStopped is for the others too, and goes on")
	require.Len(t, b.desk.reports, 1)
}

func TestAUsersCodeEndsItsWorkflowAlone(t *testing.T) {
	b := newBench([]string{"1"})
	b.fake.Inject(coreapitest.Fault{Operation: "Devices.Save", Code: coreapi.CodeUserSuspended})
	_, err := b.onboard(b.workflows())
	require.Equal(t, string(coreapi.CodeUserSuspended), failure(t, err).Type())
	require.Len(t, b.sent("Devices.Save"), 1)
	require.Len(t, b.desk.reports, 1)
}

// history keeps every payload, as Temporal's server does.
type history struct {
	converter.DataConverter
	mu   *sync.Mutex
	text *strings.Builder
}

func (h history) ToPayload(value any) (*common.Payload, error) {
	payload, err := h.DataConverter.ToPayload(value)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.text.Write(payload.GetData())
	return payload, err
}

func (h history) ToPayloads(values ...any) (*common.Payloads, error) {
	payloads, err := h.DataConverter.ToPayloads(values...)
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, payload := range payloads.GetPayloads() {
		h.text.Write(payload.GetData())
	}
	return payloads, err
}

func TestNoSecretIsInTheHistory(t *testing.T) {
	b := newBench([]string{"1"})
	env := b.workflows()
	h := history{converter.GetDefaultDataConverter(), &sync.Mutex{}, &strings.Builder{}}
	env.SetDataConverter(h)
	var failures strings.Builder
	env.SetOnActivityCompletedListener(func(_ *activity.Info, _ converter.EncodedValue, err error) { fmt.Fprintln(&failures, err) })
	b.fake.Inject(
		coreapitest.Fault{Operation: "Users.LoginStatus", Code: coreapi.CodeClientAccountSuspended, Message: "stop"},
		coreapitest.Fault{Operation: "Devices.Save", Code: coreapi.CodeRequestTimeout, Times: 2},
		coreapitest.Fault{Operation: "Devices.Save", Skip: 2, Code: coreapi.CodeUserSuspended})
	_, err := b.onboard(env)
	require.Error(t, err)
	kept := h.text.String() + failures.String() + err.Error()
	require.Contains(t, kept, "Core APIs error report", "the report is in it")
	require.Contains(t, kept, "USER_SUSPENDED")
	record := b.store.records["1"]
	for name, secret := range map[string]string{
		"reqToken": string(record.Session.ReqToken), "URL": record.Session.URL,
		"user's token": string(record.UserToken), "push token": "push-token-planted",
	} {
		require.NotEmpty(t, secret, name)
		require.NotContains(t, kept, secret, name)
	}
}

// The trap: two policies that both repeat. The naive activity leaves the SDK its own.
func TestTemporalAroundTheSDKsOwnPolicyMultipliesTheRequests(t *testing.T) {
	policy := temporal.RetryPolicy{InitialInterval: time.Second, MaximumAttempts: 4}
	for _, c := range []struct {
		name     string
		own      bool
		requests int
	}{{"retries in retries", true, 16}, {"one attempt", false, 4}} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench([]string{"1"}, coreapi.WithRetryPolicy(coreapi.RetryPolicy{BaseBackoff: time.Millisecond, MaxBackoff: time.Millisecond}))
			b.fake.Inject(coreapitest.Fault{Operation: "Devices.Save", Code: coreapi.CodeRequestTimeout, Times: -1})
			save := b.a.SaveDevice
			if c.own {
				save = b.naiveSave
			}
			env := b.workflows()
			env.RegisterActivity(b.naiveSave)
			one := func(ctx workflow.Context) error {
				ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute, RetryPolicy: &policy})
				return workflow.ExecuteActivity(ctx, save, "1").Get(ctx, nil)
			}
			env.RegisterWorkflow(one)
			b.loggedIn(t, "1")
			env.ExecuteWorkflow(one)
			require.Error(t, env.GetWorkflowError())
			require.Len(t, b.sent("Devices.Save"), c.requests)
		})
	}
}

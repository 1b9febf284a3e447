package temporaldevices

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

// memory is a Store.
type memory struct {
	mu      sync.Mutex
	records map[string]Record
}

func (m *memory) Load(_ context.Context, id string) (Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	record, ok := m.records[id]
	if !ok {
		return Record{}, errors.New("no record " + id)
	}
	return record, nil
}

func (m *memory) Update(_ context.Context, id string, change func(*Record)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	record := m.records[id]
	change(&record)
	m.records[id] = record
	return nil
}

// desk takes reports, each key once.
type desk struct {
	mu      sync.Mutex
	reports map[string]string
}

func (d *desk) handOver(_ context.Context, key, report string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.reports[key] = report
	return nil
}

// bench is what a test works with.
type bench struct {
	testsuite.WorkflowTestSuite
	fake  *coreapitest.Server
	store *memory
	desk  *desk
	a     *Activities
}

const email = "ana@example.com"

// newBench has a record for each id, and a user. The SDK under test is given opts.
func newBench(ids []string, opts ...coreapi.Option) *bench {
	b := &bench{fake: coreapitest.New(), store: &memory{records: map[string]Record{}}, desk: &desk{reports: map[string]string{}}}
	b.SetLogger(quiet{})
	b.fake.AddUser(coreapitest.User{ID: "user-1", Email: email, Password: "correct-horse"})
	for _, id := range ids {
		b.store.records[id] = Record{Device: coreapi.DeviceInfo{DeviceID: "phone-" + id, PushToken: "push-token-planted"}}
	}
	b.a = &Activities{API: b.fake.Client(opts...), Store: b.store, HandOver: b.desk.handOver}
	return b
}

// loggedIn gives a record a user's token, as if the login were done.
func (b *bench) loggedIn(t *testing.T, id string) {
	t.Helper()
	status, err := b.fake.Client().Users.Login(t.Context(), coreapi.LoginRequest{Email: email, Password: "correct-horse"})
	require.NoError(t, err)
	require.NoError(t, b.store.Update(t.Context(), id, func(r *Record) { r.UserToken = status.UserToken }))
}

// activities is an environment for single attempts.
func (b *bench) activities() *testsuite.TestActivityEnvironment {
	env := b.NewTestActivityEnvironment()
	env.RegisterActivity(b.a)
	return env
}

// workflows is an environment with everything registered, in fake time.
func (b *bench) workflows() *testsuite.TestWorkflowEnvironment {
	env := b.NewTestWorkflowEnvironment()
	env.RegisterActivity(b.a)
	env.RegisterWorkflow(Onboard)
	env.RegisterWorkflow(ClientStopped)
	return env
}

// sent are the requests of an operation that have arrived.
func (b *bench) sent(operation string) (requests []coreapitest.Recorded) {
	for _, r := range b.fake.Requests() {
		if r.Operation == operation {
			requests = append(requests, r)
		}
	}
	return requests
}

// failure is the error as Temporal's server gets it.
func failure(t *testing.T, err error) *temporal.ApplicationError {
	t.Helper()
	var failed *temporal.ApplicationError
	require.ErrorAs(t, err, &failed)
	return failed
}

// watched tells of each request before it goes to the fake.
type watched struct {
	http.RoundTripper
	before func(*http.Request)
}

func (w watched) RoundTrip(r *http.Request) (*http.Response, error) {
	w.before(r)
	return w.RoundTripper.RoundTrip(r)
}

// quiet logs nothing.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}

var _ log.Logger = quiet{}

// naiveSave is what not to write: the SDK repeats within an activity that Temporal repeats.
func (b *bench) naiveSave(ctx context.Context, id string) error {
	record, err := b.store.Load(ctx, id)
	if err != nil {
		return err
	}
	_, err = b.a.API.Devices.Save(ctx, record.Device)
	return err
}

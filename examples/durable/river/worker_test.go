//go:build linux

package riverdevices

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

// Of a worker process.
const (
	workerName     = "RIVERDEVICES_NAME"
	workerDatabase = "RIVERDEVICES_DATABASE"
	workerAddress  = "RIVERDEVICES_ADDRESS"
	workerKey      = "RIVERDEVICES_KEY"
)

// Short for a proof, long for a stalled machine: an attempt that times out is one more look.
const (
	attemptTimeout = 20 * time.Second
	jobTimeout     = 25 * time.Second
	rescueAfter    = 26 * time.Second
)

// startWorker starts a process that works on the queue.
func startWorker(t *testing.T, name, database string, g *gate) *child {
	t.Helper()
	c, _, err := startChild(roleWorker, workerName+"="+name, workerDatabase+"="+database, workerAddress+"="+g.address, workerKey+"="+g.fake.ClientKey)
	require.NoError(t, err)
	t.Cleanup(func() {
		if c.cmd.ProcessState == nil {
			require.NoError(t, c.stop(), c.errors.String())
		}
	})
	return c
}

// workOnQueue is a worker process, until its standard input ends.
func workOnQueue() error {
	ctx := context.Background()
	pool, err := pgxpool.New(ctx, os.Getenv(workerDatabase))
	if err != nil {
		return err
	}
	defer pool.Close()
	setup, err := newSetup(pool, os.Getenv(workerName), os.Getenv(workerAddress), os.Getenv(workerKey))
	if err != nil {
		return err
	}
	client, err := river.NewClient(riverpgxv5.New(pool), setup.proofConfig())
	if err != nil {
		return err
	}
	if err := client.Start(ctx); err != nil {
		return err
	}
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
	time.AfterFunc(20*time.Second, func() { os.Exit(1) }) // the database may be gone too
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	return client.StopAndCancel(ctx)
}

// newSetup talks to a gate as a partner's program does.
func newSetup(pool *pgxpool.Pool, name, address, clientKey string) (Setup, error) {
	signer := coreapitest.New().PrivateKey // every fake's
	api, err := coreapi.New("http://"+address, coreapi.SignedClientKey(clientKey, signer),
		coreapi.WithUserAgent(name), coreapi.WithAttemptTimeout(attemptTimeout))
	return Setup{
		API:        api,
		DB:         pool,
		ProbeEvery: time.Second,
		Secrets: func(context.Context, SaveDeviceArgs) (coreapi.Secret, coreapi.Secret, error) {
			return "push-token", "", nil
		},
		Tell: func(ctx context.Context, report string) error {
			r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+"/report", strings.NewReader(report))
			if err != nil {
				return err
			}
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				return err
			}
			return response.Body.Close()
		},
	}, err
}

// proofConfig is Config, but faster: a proof has no weeks.
func (s Setup) proofConfig() *river.Config {
	config := s.Config(8)
	config.JobTimeout, config.RescueStuckJobsAfter = jobTimeout, rescueAfter
	config.RetryPolicy = fastRetries{}
	config.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	return config
}

// fastRetries wait up to 3 seconds, in place of River's weeks.
type fastRetries struct{}

func (fastRetries) NextRetry(job *rivertype.JobRow) time.Time {
	wait := min(250*time.Millisecond<<min(job.Attempt, 10), 3*time.Second)
	return time.Now().Add(wait/2 + rand.N(wait/2))
}

// newInserter is a River client that only inserts, and looks.
func newInserter(t *testing.T, database string) *river.Client[pgx.Tx] {
	t.Helper()
	client, err := river.NewClient(riverpgxv5.New(newPool(t, database)), &river.Config{})
	require.NoError(t, err)
	return client
}

// startClient is a River client in this process.
func startClient(t *testing.T, setup Setup) *river.Client[pgx.Tx] {
	t.Helper()
	client, err := river.NewClient(riverpgxv5.New(setup.DB), setup.proofConfig())
	require.NoError(t, err)
	require.NoError(t, client.Start(t.Context()))
	t.Cleanup(func() { stopClient(t, client) })
	return client
}

func stopClient(t *testing.T, client *river.Client[pgx.Tx]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
	defer cancel()
	require.NoError(t, client.StopAndCancel(ctx))
}

//go:build linux

package riverdevices

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/stretchr/testify/require"
)

// The test binary starts itself again in a role. A process in a role ends when its
// standard input does, and so with the test, however that ends.
const roleVariable = "RIVERDEVICES_ROLE"

const (
	rolePostgres = "postgres" // keeps a cluster, and removes it
	roleWorker   = "worker"   // works on the queue
)

func init() { runtime.LockOSThread() } // Pdeathsig goes by the thread: main's lives as long as the process

func TestMain(m *testing.M) {
	switch os.Getenv(roleVariable) {
	case rolePostgres:
		exit(keepCluster())
	case roleWorker:
		exit(workOnQueue())
	}
	code := m.Run()
	shared.stop()
	os.Exit(code)
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// child is a process in a role.
type child struct {
	cmd    *exec.Cmd
	input  io.Closer
	output *bufio.Reader
	errors bytes.Buffer
}

// startChild waits for the line that the process says when it is ready.
func startChild(role string, env ...string) (*child, string, error) {
	c := &child{cmd: exec.Command(os.Args[0])}
	c.cmd.Env = append(os.Environ(), append(env, roleVariable+"="+role)...)
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a terminal's Ctrl-C is the test's; the child ends after it
	c.cmd.Stderr = &c.errors
	input, err := c.cmd.StdinPipe()
	if err != nil {
		return nil, "", err
	}
	output, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	c.input, c.output = input, bufio.NewReader(output)
	if err := c.cmd.Start(); err != nil {
		return nil, "", err
	}
	line, err := c.output.ReadString('\n')
	if err != nil {
		_ = c.stop()
		return nil, "", fmt.Errorf("the %s process did not start: %w: %s", role, err, c.errors.String())
	}
	return c, strings.TrimSpace(line), nil
}

// stop lets the process end by itself.
func (c *child) stop() error {
	_ = c.input.Close()
	return c.cmd.Wait()
}

func (c *child) kill(t *testing.T) {
	t.Helper()
	require.NoError(t, c.cmd.Process.Signal(syscall.SIGKILL))
	_ = c.stop()
}

// cluster is the Postgres of this package's tests.
type cluster struct {
	keeper    *child
	folder    string
	databases atomic.Int64
}

var shared cluster

func (c *cluster) stop() {
	if c.keeper != nil {
		if err := c.keeper.stop(); err != nil {
			fmt.Fprintln(os.Stderr, "postgres:", err, c.keeper.errors.String())
		}
	}
}

// newDatabase is one with River's tables, in a cluster that all tests share. Without
// Postgres it fails: .ci/durable installs it, or leaves these tests out and says so.
func newDatabase(t *testing.T) string {
	t.Helper()
	if shared.keeper == nil {
		keeper, folder, err := startChild(rolePostgres)
		require.NoError(t, err, "Debian: apt-get install postgresql")
		shared.keeper, shared.folder = keeper, folder
	}
	name := fmt.Sprintf("test%d", shared.databases.Add(1))
	admin, err := pgx.Connect(t.Context(), source(shared.folder, "postgres"))
	require.NoError(t, err)
	defer func() { require.NoError(t, admin.Close(context.WithoutCancel(t.Context()))) }()
	_, err = admin.Exec(t.Context(), "CREATE DATABASE "+name)
	require.NoError(t, err)

	to := source(shared.folder, name)
	migrator, err := rivermigrate.New(riverpgxv5.New(newPool(t, to)), nil)
	require.NoError(t, err)
	_, err = migrator.Migrate(t.Context(), rivermigrate.DirectionUp, nil)
	require.NoError(t, err)
	return to
}

func source(folder, database string) string {
	return fmt.Sprintf("host=%s user=postgres database=%s", folder, database)
}

func newPool(t *testing.T, to string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), to)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

// keepCluster is a process of its own: it makes a cluster in a temporary folder, says
// where, and removes both when its standard input ends.
func keepCluster() (err error) {
	bin, err := findPostgres()
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "coreapi-postgres-") // short: a socket's path has 107 bytes
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	attributes, err := asPostgres(folder)
	if err != nil {
		return err
	}
	command := func(name string, args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(bin, name), args...)
		cmd.Dir, cmd.SysProcAttr = folder, attributes
		cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
		return cmd
	}
	data := filepath.Join(folder, "data")
	if err := command("initdb", "--pgdata", data, "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync").Run(); err != nil {
		return fmt.Errorf("initdb: %w", err)
	}
	server := command("postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off",
		"-c", "dynamic_shared_memory_type=mmap") // all of it in the folder
	if err := server.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }()
	if err := waitForPostgres(folder, ended); err != nil {
		_ = server.Process.Kill()
		return err
	}
	fmt.Println(folder)
	_, _ = io.Copy(io.Discard, os.Stdin)
	if err := server.Process.Signal(syscall.SIGINT); err != nil { // a fast shutdown
		return err
	}
	select {
	case err = <-ended:
	case <-time.After(10 * time.Second):
		_ = server.Process.Signal(syscall.SIGQUIT)
		err = errors.Join(errors.New("postgres did not shut down"), <-ended)
	}
	return err
}

// findPostgres looks where Debian has it, then on the path.
func findPostgres() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) > 0 {
		newest := slices.MaxFunc(found, func(a, b string) int { return cmp.Compare(version(a), version(b)) })
		return filepath.Dir(newest), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", errors.New("there is no Postgres on this machine, so nothing was tried on a real one")
	}
	path, err = filepath.EvalSymlinks(path)
	return filepath.Dir(path), err
}

func version(path string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	return n
}

// asPostgres: Postgres does not run as root. Its folder is then the user postgres's.
func asPostgres(folder string) (*syscall.SysProcAttr, error) {
	attributes := &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT} // an immediate shutdown
	if os.Getuid() != 0 {
		return attributes, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return nil, err
	}
	attributes.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attributes, os.Chown(folder, uid, gid)
}

func waitForPostgres(folder string, ended <-chan error) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, source(folder, "postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case err := <-ended:
			return fmt.Errorf("postgres ended: %w", err)
		case <-ctx.Done():
			return fmt.Errorf("postgres does not answer: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// A test that is killed cleans nothing up itself. runVariable finds what it started.
const runVariable = "RIVERDEVICES_RUN"

// processesOf are the processes of a run that were started with a setting, too.
func processesOf(t *testing.T, run, setting string) (found []string) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/environ")
	require.NoError(t, err)
	for _, file := range all {
		environ, _ := os.ReadFile(file) // it may have ended
		settings := strings.Split(string(environ), "\x00")
		if slices.Contains(settings, run) && slices.Contains(settings, setting) {
			found = append(found, filepath.Base(filepath.Dir(file)))
		}
	}
	return found
}

func TestPostgresLeavesNothingBehindWhenTheProofIsKilled(t *testing.T) {
	temp, err := os.MkdirTemp("", "left-") // short, and open to the user postgres
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(temp)) })
	require.NoError(t, os.Chmod(temp, 0o755))
	run := runVariable + "=" + temp
	proof := exec.Command(os.Args[0], "-test.run=^TestPostgresProof$")
	proof.Env = append(os.Environ(), "TMPDIR="+temp, run)
	require.NoError(t, proof.Start())
	started := func() bool { return len(processesOf(t, run, roleVariable+"="+roleWorker)) == 2 }
	require.Eventually(t, started, patience, 20*time.Millisecond)
	require.NoError(t, proof.Process.Kill())
	require.Error(t, proof.Wait())
	require.Eventually(t, func() bool {
		left, err := os.ReadDir(temp)
		return err == nil && len(left) == 0 && len(processesOf(t, run, run)) == 0
	}, patience, 20*time.Millisecond)
}

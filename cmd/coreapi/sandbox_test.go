package main

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// running is a sandbox that runs as the command does.
type running struct {
	url    string
	curls  []string
	banner string
	stop   context.CancelFunc
	code   <-chan int
	logged *strings.Builder // to be read once it has ended
}

// runSandboxCommand returns once the banner is written.
func runSandboxCommand(t *testing.T, args ...string) running {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	code := make(chan int, 1)
	logged := &strings.Builder{}
	go func() {
		code <- run(ctx, append([]string{"sandbox"}, args...), strings.NewReader(""), writer, logged)
		writer.Close()
	}()
	t.Cleanup(stop)
	r := running{stop: stop, code: code, logged: logged}
	lines := bufio.NewScanner(reader)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		r.banner += line + "\n"
		switch {
		case strings.HasPrefix(line, "URL "):
			r.url = strings.TrimSpace(strings.TrimPrefix(line, "URL "))
		case strings.HasPrefix(line, "curl "):
			r.curls = append(r.curls, line)
		case strings.HasPrefix(line, "Stop it"):
			return r
		}
	}
	t.Fatalf("the sandbox did not start: %s", logged)
	return r
}

// end stops it and returns the exit code.
func (r running) end() int {
	r.stop()
	return <-r.code
}

// request does what a curl command does, without curl.
func request(t *testing.T, command string) string {
	t.Helper()
	words := shellWords(t, command)
	require.Equal(t, []string{"curl", "-sS"}, words[:2])
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, words[2], nil)
	require.NoError(t, err)
	for i := 3; i < len(words); i += 2 {
		switch words[i] {
		case "-H":
			name, value, ok := strings.Cut(words[i+1], ": ")
			require.True(t, ok, words[i+1])
			r.Header.Set(name, value)
		case "-d":
			r.Method, r.Body, r.ContentLength = http.MethodPost, io.NopCloser(strings.NewReader(words[i+1])), int64(len(words[i+1]))
		default:
			t.Fatalf("unknown flag %s", words[i])
		}
	}
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return string(body)
}

// shell hands a command to a shell as it was printed.
func shell(t *testing.T, command string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "sh", "-c", command).Output()
	require.NoError(t, err, command)
	return string(out)
}

func TestThePrintedCurlCommandsWork(t *testing.T) {
	ways := map[string]func(*testing.T, string) string{"net/http": request}
	if _, err := exec.LookPath("curl"); err == nil {
		ways["sh and curl"] = shell
	} else {
		t.Log("there is no curl on this machine: the commands are sent by net/http only")
	}
	odd := seedFile(t, `{"client":{"key":"it's $HOME"},"users":[{"whatsapp":"+62811","password":"a'b\"c\\d\n$(id)"}]}`)
	for name, send := range ways {
		for _, args := range [][]string{{"-addr", ":0"}, {"-addr", "localhost:0", "-seed", odd}} {
			t.Run(name+" "+args[1], func(t *testing.T) {
				box := runSandboxCommand(t, args...)
				require.Len(t, box.curls, 3)
				assert.Contains(t, send(t, box.curls[0]), `"status":"active"`)
				assert.Contains(t, send(t, box.curls[1]), `"state":"succeeded"`)
				assert.Contains(t, send(t, box.curls[2]), `{"added":1}`)
				assert.Contains(t, send(t, box.curls[0]), `"code":"REQUEST_TIMEOUT"`, "as it was scripted")
				assert.Contains(t, send(t, box.curls[0]), `"status":"active"`, "once")
				assert.Equal(t, exitOK, box.end())
				assert.NotContains(t, box.logged.String(), "correct-horse")
				assert.NotContains(t, box.logged.String(), "sandbox-client-key")
				assert.Contains(t, box.logged.String(), "code=REQUEST_TIMEOUT")
			})
		}
	}
}

func TestABannerWithoutAUserStillHasThreeCommands(t *testing.T) {
	box := runSandboxCommand(t, "-addr", ":0", "-seed", seedFile(t, `{}`))
	require.Len(t, box.curls, 3)
	assert.Contains(t, request(t, box.curls[1]), `"url":"`+box.url+`/hosted/login?reqToken=`, "a hosted login")
	assert.NotContains(t, box.banner, "Other machines")
	assert.Equal(t, exitOK, box.end())
}

func TestOtherMachinesAreLetInOnlyByName(t *testing.T) {
	box := runSandboxCommand(t, "-addr", "0.0.0.0:0")
	assert.Contains(t, box.banner, "Other machines may reach it")
	assert.True(t, strings.HasPrefix(box.url, "http://localhost:"), box.url)
	assert.Equal(t, exitOK, box.end())
}

func TestATakenPort(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	got := runWith(t, "", "sandbox", "-addr", listener.Addr().String())
	assert.Equal(t, exitFailed, got.code)
	assert.Empty(t, got.out)
	assert.True(t, strings.HasPrefix(got.err, "coreapi: sandbox: cannot listen on "+listener.Addr().String()+": "), got.err)
	assert.Equal(t, 1, strings.Count(got.err, "\n"), "one sentence: %s", got.err)
}

func TestStoppingEndsWhatIsUnderWay(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	entered := make(chan struct{})
	delayed := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done() // as a fault's delay does
	})
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, listener, delayed, slog.New(slog.DiscardHandler)) }()
	answered := make(chan error, 1)
	go func() {
		response, err := http.Get("http://" + listener.Addr().String())
		if err == nil {
			response.Body.Close()
		}
		answered <- err
	}()
	<-entered
	stop()
	assert.NoError(t, <-ended)
	assert.NoError(t, <-answered, "it got its answer")
}

func TestSignalsStopTheSandbox(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		box := runSandboxCommand(t, "-addr", ":0")
		process, err := os.FindProcess(os.Getpid())
		require.NoError(t, err)
		require.NoError(t, process.Signal(signal))
		assert.Equal(t, exitOK, <-box.code, signal)
		assert.Contains(t, box.logged.String(), "stopping")
		_, err = http.Get(box.url)
		assert.Error(t, err, "nobody listens any more")
	}
}

package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

// running is a sandbox that runs as the command does.
type running struct {
	url         string
	environment string   // the command that sets it
	commands    []string // those to try, each of one line or more
	banner      string
	stop        context.CancelFunc
	code        <-chan int
	logged      *strings.Builder // to be read once it has ended
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
		r.banner += strings.TrimSpace(lines.Text()) + "\n"
		if strings.HasPrefix(lines.Text(), "Stop it") {
			r.read()
			return r
		}
	}
	t.Fatalf("the sandbox did not start: %s", logged)
	return r
}

// read finds in the banner what tests need of it.
func (r *running) read() {
	_, tries, _ := strings.Cut(r.banner, "\nTry")
	for _, paragraph := range strings.Split(tries, "\n\n") {
		if strings.Contains(paragraph, "curl ") {
			r.commands = append(r.commands, paragraph)
		}
	}
	for line := range strings.Lines(r.banner) {
		if url, ok := strings.CutPrefix(line, "URL "); ok {
			r.url = strings.TrimSpace(url)
		}
		if strings.HasPrefix(line, "export ") {
			r.environment = line
		}
	}
}

// end stops it and returns the exit code.
func (r running) end() int {
	r.stop()
	return <-r.code
}

// playCurl does what a curl command does, where there is no curl.
func playCurl(args []string) int {
	r, err := http.NewRequest(http.MethodGet, args[1], nil)
	if err != nil || args[0] != "-sS" {
		return 2
	}
	method := ""
	post := func(body []byte) {
		r.Method, r.Body, r.ContentLength = http.MethodPost, io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}
	for i := 2; i+1 < len(args); i += 2 {
		switch value := args[i+1]; args[i] {
		case "-H":
			name, content, _ := strings.Cut(value, ": ")
			r.Header.Set(name, content)
		case "-X":
			method = value
		case "-d":
			post([]byte(value))
		case "--data-binary":
			data, err := os.ReadFile(strings.TrimPrefix(value, "@"))
			if err != nil {
				return 2
			}
			post(data)
		default:
			return 2
		}
	}
	r.Method = cmp.Or(method, r.Method)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 1
	}
	defer response.Body.Close()
	if _, err := io.Copy(os.Stdout, response.Body); err != nil {
		return 1
	}
	return 0
}

// curls are the directories that a shell finds curl in: "" where that is its own.
func curls(t *testing.T) map[string]string {
	t.Helper()
	needsShell(t)
	program, err := os.Executable()
	require.NoError(t, err)
	standIn := t.TempDir()
	require.NoError(t, os.Symlink(program, filepath.Join(standIn, "curl")))
	if _, err := exec.LookPath("curl"); err != nil {
		t.Log("there is no curl on this machine: the commands are sent by net/http only")
		return map[string]string{"net/http": standIn}
	}
	return map[string]string{"net/http": standIn, "curl": ""}
}

// shell hands commands to a shell as they were printed.
func shell(t *testing.T, curlDir string, commands ...string) (out, errs string) {
	t.Helper()
	needsShell(t)
	command := exec.CommandContext(t.Context(), "sh", "-c", strings.Join(commands, "\n"))
	command.Env = append(os.Environ(), commandVariable+"=1",
		"GORACE=atexit_sleep_ms=0") // the race detector holds each program up for a second at its end
	if curlDir != "" {
		command.Env = append(command.Env, "PATH="+curlDir+string(os.PathListSeparator)+os.Getenv("PATH"))
	}
	var told bytes.Buffer
	command.Stderr = &told
	printed, err := command.Output()
	require.NoError(t, err, "%s\n%s", strings.Join(commands, "\n"), told.String())
	return string(printed), told.String()
}

func TestThePrintedCommandsWork(t *testing.T) {
	t.Setenv("COREAPI_USER_TOKEN", "of another shell's work") // what the banner sets has to do
	t.Setenv("COREAPI_PRIVATE_KEY", "none")
	t.Setenv("COREAPI_PRIVATE_KEY_FILE", "none")
	odd := seedFile(t, `{"client":{"key":"it's $HOME"},"users":[{"whatsapp":"+62811","password":"a'b\"c\\d\n$(id)<&>é\u2028\u009b31m\u202e"}]}`)
	ownKey := filepath.Join(t.TempDir(), "it's a key.pem")
	for name, curlDir := range curls(t) {
		for mode, args := range map[string][]string{
			"unsigned":               {},
			"unsigned, another seed": {"-seed", odd},
			"unsigned, own key":      {"-key", ownKey},
			"strict":                 {"-strict"},
			"strict, another seed":   {"-strict", "-seed", odd},
			"strict, own key":        {"-strict", "-seed", odd, "-key", ownKey},
		} {
			t.Run(name+", "+mode, func(t *testing.T) {
				box := runSandboxCommand(t, append([]string{"-addr", ":0"}, args...)...)
				require.Len(t, box.commands, 3)
				try := func(i int) string {
					commands := []string{box.commands[i]}
					if strings.HasPrefix(mode, "strict") {
						commands = []string{box.environment, box.commands[i]}
					}
					out, _ := shell(t, curlDir, commands...)
					return out
				}
				requirePrintable(t, box.banner)
				assert.Contains(t, try(0), `"status":"active"`)
				assert.Contains(t, try(1), `"state":"succeeded"`)
				assert.Contains(t, try(2), `{"added":1}`)
				assert.Contains(t, try(0), `"code":"REQUEST_TIMEOUT"`, "as it was scripted")
				assert.Contains(t, try(0), `"status":"active"`, "once, and with a new id each time")
				assert.Equal(t, exitOK, box.end())
				assert.NotContains(t, box.logged.String(), "correct-horse")
				assert.NotContains(t, box.logged.String(), "sandbox-client-key")
				assert.Contains(t, box.logged.String(), "code=REQUEST_TIMEOUT")
			})
		}
	}
}

func TestThePrintedSignedCommandsWorkWithoutStrictToo(t *testing.T) {
	box := runSandboxCommand(t, "-addr", "localhost:0")
	strict := runSandboxCommand(t, "-addr", "localhost:0", "-strict")
	curlDir := curls(t)["net/http"]
	out, _ := shell(t, curlDir, box.environment, strings.ReplaceAll(strict.commands[1], strict.url, box.url))
	assert.Contains(t, out, `"state":"succeeded"`)
}

func TestABannerWithoutAUserStillHasThreeCommands(t *testing.T) {
	box := runSandboxCommand(t, "-addr", ":0", "-seed", seedFile(t, `{}`))
	require.Len(t, box.commands, 3)
	assert.NotContains(t, box.banner, "Other machines")
	out, _ := shell(t, curls(t)["net/http"], box.commands[1])
	assert.Contains(t, out, `"url":"`+box.url+`/hosted/login?reqToken=`, "a hosted login")
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
	_, taken := net.Listen("tcp", listener.Addr().String())
	got := runWith(t, "", "sandbox", "-addr", listener.Addr().String())
	assert.Equal(t, exitFailed, got.code)
	assert.Empty(t, got.out)
	assert.Equal(t, "coreapi: sandbox: cannot listen on "+listener.Addr().String()+": bind: "+systemsWords(t, taken)+": choose another with -addr, or port 0\n", got.err)
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

func TestTheBannerNamesAccountsIDsAndWhereThePasswordsAre(t *testing.T) {
	box := runSandboxCommand(t, "-addr", ":0")
	for _, want := range []string{
		"User        ada@example.com, +6281100000001 (active, id 65f000000000000000000001)\n",
		"User        dan@example.com, +6281100000004 (deleted, id 65f000000000000000000004)\n",
		"Passwords   correct-horse, every user's of the built-in seed\n",
		"Device      demo-phone (id 65f00000000000000000000a)\n",
	} {
		assert.Contains(t, box.banner, want)
	}
	file := seedFile(t, `{"users":[{"whatsapp":"+62811","password":"s3cret"},{"id":"u-2","email":"a@b.c"}]}`)
	box = runSandboxCommand(t, "-addr", ":0", "-seed", file)
	assert.Regexp(t, `User        \+62811 \(active, id [0-9a-f]{24}\)\n`, box.banner)
	assert.Contains(t, box.banner, "User        a@b.c (active, id u-2)\n")
	assert.Contains(t, box.banner, `Passwords   the "password" of each user in `+file+"\n")
}

func TestABasePathIsBeforeTheAPIAndThePage(t *testing.T) {
	full := textFile(t, `{"signature":{"endpoint":"full"}}`)
	for mode, args := range map[string][]string{
		"unsigned":             {},
		"strict":               {"-strict"},
		"strict, signed whole": {"-strict", "-profile", full},
	} {
		t.Run(mode, func(t *testing.T) {
			box := runSandboxCommand(t, append([]string{"-addr", ":0", "-base-path", "/core/v1"}, args...)...)
			require.True(t, strings.HasSuffix(box.url, "/core/v1"), box.url)
			origin := strings.TrimSuffix(box.url, "/core/v1")
			curlDir := curls(t)["net/http"]
			out, _ := shell(t, curlDir, box.environment, box.commands[0])
			assert.Contains(t, out, `"status":"active"`)
			out, _ = shell(t, curlDir, box.environment, box.commands[1])
			assert.Contains(t, out, `"state":"succeeded"`)
			out, _ = shell(t, curlDir, box.commands[2])
			assert.Contains(t, out, `{"added":1}`)
			list, _ := listRequests(t, origin)
			require.Len(t, list.Requests, 2)
			assert.Equal(t, "/core/v1/client", list.Requests[0].Path)
			status, _ := send(t, "GET", origin+"/client", "", "")
			assert.Equal(t, http.StatusNotFound, status)
		})
	}
	box := runSandboxCommand(t, "-addr", ":0", "-base-path", "/core/v1")
	client, err := coreapi.New(box.url, coreapi.ClientKey("sandbox-client-key"))
	require.NoError(t, err)
	login, err := client.Users.StartLogin(t.Context())
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(login.URL, box.url+"/hosted/login?"), login)
}

func TestABasePathThatCannotBeUsedIsRefused(t *testing.T) {
	for _, path := range []string{"core", "/a/../b", "/a?b", "/_sandbox", "/_sandbox/v1", "/%5fsandbox", "//evil.example"} {
		got := runWith(t, "", "sandbox", "-addr", ":0", "-base-path", path)
		assert.Equal(t, exitUsage, got.code, path)
		assert.Contains(t, got.err, "-base-path: ", path)
		assert.NotContains(t, got.err, "the seed", path)
	}
}

func TestAnEndlessFileIsRefused(t *testing.T) {
	if _, err := os.Stat("/dev/zero"); err != nil {
		t.Log("there is no /dev/zero on this machine")
		return
	}
	for _, flag := range []string{"-seed", "-profile", "-key"} {
		got := runWith(t, "", "sandbox", "-addr", ":0", flag, "/dev/zero")
		assert.Equal(t, exitFailed, got.code, flag)
		assert.Contains(t, got.err, "is over 1 MiB", flag)
	}
}

package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
)

// serverVariable makes this test binary the server's process.
const serverVariable = "BENCH_SERVER"

// coldVariable makes it a fresh client's process, of the contender that it names.
const coldVariable = "BENCH_COLD"

func TestMain(m *testing.M) {
	var err error
	switch {
	case os.Getenv(serverVariable) != "":
		err = serveProcess(os.Stdin, os.Stdout)
	case os.Getenv(coldVariable) != "":
		err = coldProcess(os.Getenv(coldVariable), os.Stdin, os.Stdout)
	default:
		os.Exit(runAll(m))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func runAll(m *testing.M) int {
	defer func() { stopServerProcess() }()
	return m.Run()
}

var stopServerProcess = func() {}

// serverProcess starts the server's process, once. Its input is a pipe of this process, so
// that it ends with it, however that ends.
var serverProcess = sync.OnceValue(func() addresses {
	cmd := exec.Command(must(os.Executable()))
	cmd.Env = append(os.Environ(), serverVariable+"=1")
	cmd.Stderr = os.Stderr
	in, out := must(cmd.StdinPipe()), must(cmd.StdoutPipe())
	if err := cmd.Start(); err != nil {
		panic(err)
	}
	stopServerProcess = func() {
		in.Close()
		_ = cmd.Wait()
	}
	var at addresses
	if err := json.NewDecoder(out).Decode(&at); err != nil {
		panic(err)
	}
	return at
})

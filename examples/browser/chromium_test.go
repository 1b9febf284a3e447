package browser

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// patience is for the whole test on a slow machine.
const patience = 2 * time.Minute

// findChromium fails the test where there is none. .ci/browser installs it, or leaves out
// this module's tests, and says so.
func findChromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	require.Fail(t, "there is no chromium on this machine, so the hosted login was not tried in a real browser. Debian: apt-get install chromium")
	return ""
}

// tab is one of the browser's.
type tab struct {
	t   *testing.T
	ctx context.Context
}

// startChromium opens a window of a phone's size, with a profile of its own.
func startChromium(t *testing.T) tab {
	t.Helper()
	path := findChromium(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.UserDataDir(t.TempDir()),
		chromedp.NoSandbox, // chromium refuses its sandbox to root, which CI is
		chromedp.DisableGPU,
		chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
	)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithLogf(t.Logf), chromedp.WithErrorf(t.Logf))
	t.Cleanup(cancel)
	first := tab{t, ctx}
	first.do(phone()...)
	return first
}

// phone is a small screen, and no JavaScript: the pages need none.
func phone() []chromedp.Action {
	return []chromedp.Action{
		chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile),
		emulation.SetScriptExecutionDisabled(true),
	}
}

func (b tab) do(actions ...chromedp.Action) {
	b.t.Helper()
	require.NoError(b.t, chromedp.Run(b.ctx, actions...))
}

// opens clicks what opens another tab, and returns that.
func (b tab) opens(selector string) tab {
	b.t.Helper()
	opened := chromedp.WaitNewTarget(b.ctx, func(info *target.Info) bool { return info.URL != "" })
	b.do(chromedp.Click(selector, chromedp.ByQuery))
	select {
	case id := <-opened:
		ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithTargetID(id))
		b.t.Cleanup(cancel)
		other := tab{b.t, ctx}
		other.do(phone()...)
		return other
	case <-b.ctx.Done():
		require.Fail(b.t, "no tab was opened")
		return tab{}
	}
}

// text waits for an element and reads it.
func (b tab) text(selector string) string {
	b.t.Helper()
	var text string
	b.do(chromedp.WaitVisible(selector, chromedp.ByQuery), chromedp.Text(selector, &text, chromedp.ByQuery))
	return text
}

// fits: nothing is wider than the screen.
func (b tab) fits() {
	b.t.Helper()
	var width, screen int
	b.do(
		chromedp.Evaluate("document.documentElement.scrollWidth", &width),
		chromedp.Evaluate("document.documentElement.clientWidth", &screen),
	)
	require.LessOrEqual(b.t, width, screen, "nobody has to scroll sideways")
}

// picture writes a screenshot where COREAPI_SCREENSHOTS names a directory.
func (b tab) picture(name string) {
	b.t.Helper()
	dir := os.Getenv("COREAPI_SCREENSHOTS")
	if dir == "" {
		return
	}
	var png []byte
	b.do(chromedp.CaptureScreenshot(&png))
	require.NoError(b.t, os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600))
}

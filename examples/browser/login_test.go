package browser

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
)

// TestLogInThroughTheHostedPage: a wrong password, then the right one, then the
// user's page, on a phone's screen and without JavaScript.
func TestLogInThroughTheHostedPage(t *testing.T) {
	shop := startChromium(t)
	app := startWebapp(t)

	shop.do(chromedp.Navigate(app.url))
	shop.fits()
	shop.picture("1-home")
	shop.do(chromedp.Click("#login", chromedp.ByQuery))
	assert.Contains(t, shop.text("[role=status]"), "Waiting for your login")
	shop.fits()
	shop.picture("2-waiting")

	hosted := shop.opens("#open")
	enter(hosted, app.account, "wrong")
	assert.Contains(t, hosted.text("[role=alert]"), "There is a problem")
	hosted.fits()
	hosted.picture("3-wrong-password")

	enter(hosted, app.account, app.password)
	assert.Contains(t, hosted.text("h1"), "You are logged in")
	hosted.fits()
	hosted.picture("4-logged-in")

	// By itself: the page loads again every few seconds.
	assert.NotEmpty(t, shop.text("#user"))
	shop.fits()
	shop.picture("5-user")

	shop.do(chromedp.Click("#logout", chromedp.ByQuery), chromedp.WaitVisible("#login", chromedp.ByQuery))
}

// enter fills in the hosted page's form and sends it.
func enter(hosted tab, account, password string) {
	hosted.t.Helper()
	hosted.do(
		chromedp.WaitVisible("#account", chromedp.ByQuery),
		chromedp.Clear("#account", chromedp.ByQuery),
		chromedp.SendKeys("#account", account, chromedp.ByQuery),
		chromedp.SendKeys("#password", password, chromedp.ByQuery),
	)
	// The response marks the old page as gone, so nothing of it is read.
	_, err := chromedp.RunResponse(hosted.ctx, chromedp.Click("button[value=login]", chromedp.ByQuery))
	assert.NoError(hosted.t, err)
}

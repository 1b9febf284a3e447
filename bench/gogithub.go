package bench

import (
	"context"
	"errors"
	"net/http"

	"github.com/google/go-github/v92/github"
)

// gitHub is Google's SDK for GitHub. Its check of GitHub's rate limits is off and it has no
// token, both in its favour. It has no retries.
type gitHub struct{ client *github.Client }

func newGitHub(base string, rt http.RoundTripper) client {
	base += "/"
	return &gitHub{must(github.NewClient(
		github.WithHTTPClient(&http.Client{Transport: documentedHeaders{rt, "X-Github-Api-Version"}}),
		github.WithURLs(&base, nil),
		github.WithDisableRateLimitCheck(),
	))}
}

func (c *gitHub) get(ctx context.Context) (thing, error) {
	var out thing
	err := c.call(ctx, http.MethodGet, thingPath, nil, &out)
	return out, err
}

func (c *gitHub) post(ctx context.Context, in *pair) (session, error) {
	var out session
	err := c.call(ctx, http.MethodPost, sessionPath, in, &out)
	return out, err
}

// denied by status: the SDK has no sentinel for it.
func (c *gitHub) denied(err error) bool {
	var e *github.ErrorResponse
	return errors.As(err, &e) && e.Response.StatusCode == http.StatusForbidden
}

// call is what each method of the SDK does inside.
func (c *gitHub) call(ctx context.Context, method, path string, in, out any) error {
	req, err := c.client.NewRequest(ctx, method, path, in)
	if err != nil {
		return err
	}
	_, err = c.client.Do(req, out)
	return err
}

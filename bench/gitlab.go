package bench

import (
	"context"
	"net/http"
	"time"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"
)

// gitLab is GitLab's SDK with its defaults, but for three settings in its favour: no token
// of its own, no wait before a retry, as for everyone here, and no rate limiter, which
// would cost a lock a call although no limit is set.
type gitLab struct{ client *gitlab.Client }

func newGitLab(base string, rt http.RoundTripper) client {
	return &gitLab{must(gitlab.NewAuthSourceClient(gitlab.Unauthenticated{},
		gitlab.WithBaseURL(base),
		gitlab.WithHTTPClient(&http.Client{Transport: documentedHeaders{RoundTripper: rt}}),
		gitlab.WithCustomLimiter(noLimit{}),
		gitlab.WithCustomBackoff(func(_, _ time.Duration, _ int, _ *http.Response) time.Duration { return 0 }),
	))}
}

// noLimit is a gitlab.RateLimiter that never waits.
type noLimit struct{}

func (noLimit) Wait(context.Context) error { return nil }

func (c *gitLab) get(ctx context.Context) (thing, error) {
	var out thing
	err := c.call(ctx, http.MethodGet, thingPath, nil, &out)
	return out, err
}

func (c *gitLab) post(ctx context.Context, in *pair) (session, error) {
	var out session
	err := c.call(ctx, http.MethodPost, sessionPath, in, &out)
	return out, err
}

// denied by status: the SDK has no sentinel for a code in a 403.
func (c *gitLab) denied(err error) bool { return gitlab.HasStatusCode(err, http.StatusForbidden) }

// call is what each method of the SDK does inside.
func (c *gitLab) call(ctx context.Context, method, path string, in, out any) error {
	req, err := c.client.NewRequest(method, path, in, []gitlab.RequestOptionFunc{gitlab.WithContext(ctx)})
	if err != nil {
		return err
	}
	_, err = c.client.Do(req, out)
	return err
}

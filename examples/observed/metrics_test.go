package main

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

// series is a line that Prometheus scrapes.
type series struct {
	name   string
	labels map[string]string
	value  string
}

// scrape asks the service for its metrics over HTTP, as Prometheus does.
func scrape(t *testing.T, base string) []series {
	t.Helper()
	resp, err := http.Get(base + "/metrics")
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, http.StatusOK, resp.StatusCode)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	var all []series
	for _, line := range strings.Split(string(body), "\n") {
		if found := seriesLine.FindStringSubmatch(line); found != nil {
			all = append(all, series{found[1], labels(found[2]), found[3]})
		}
	}
	return all
}

var (
	seriesLine = regexp.MustCompile(`^([a-z_]+)\{(.*)\} (\S+)$`)
	label      = regexp.MustCompile(`([a-z_]+)="([^"]*)"`)
)

func labels(text string) map[string]string {
	all := map[string]string{}
	for _, found := range label.FindAllStringSubmatch(text, -1) {
		all[found[1]] = found[2]
	}
	return all
}

// service is newService on a listener, with what it needs to be asked for.
func service(t *testing.T, fake *coreapitest.Server, opts ...coreapi.Option) (base string, client *coreapi.Client) {
	t.Helper()
	seen, err := newTelemetry(&bytes.Buffer{})
	require.NoError(t, err)
	t.Cleanup(seen.shutdown)
	client = fake.Client(append(seen.options(), opts...)...)
	server := httptest.NewServer(newService(client, seen))
	t.Cleanup(server.Close)
	return server.URL, client
}

// quick takes away the waits before retries.
var quick = coreapi.WithRetryPolicy(coreapi.RetryPolicy{BaseBackoff: 1, MaxBackoff: 1})

func TestARepeatedCallIsScrapedWithItsAttempts(t *testing.T) {
	fake := coreapitest.New()
	phone := fake.AddDevice(coreapi.DeviceInfo{DeviceID: "phone-1", Name: "Ana's phone"})
	fake.Inject(coreapitest.Fault{Operation: "Devices.Get", Status: 503, Times: 2})
	base, _ := service(t, fake, quick)
	resp, err := http.Get(base + "/phones/" + phone.ID)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode)
	value := func(name string, want map[string]string) string {
		for _, s := range scrape(t, base) {
			if s.name == name && includes(s.labels, want) {
				return s.value
			}
		}
		return "none"
	}
	call := map[string]string{"coreapi_operation": "Devices.Get", "service_peer_name": "core-api"}
	require.Equal(t, "1", value("coreapi_client_call_duration_seconds_count", call))
	require.Equal(t, "3", value("coreapi_client_attempts_sum", call))
	require.Equal(t, "0", value("coreapi_client_attempts_bucket", with(call, "le", "2")))
	require.Equal(t, "1", value("coreapi_client_attempts_bucket", with(call, "le", "3")))
	require.Equal(t, "2", value("http_client_request_duration_seconds_count", with(call, "http_response_status_code", "503")))
	require.Equal(t, "1", value("http_client_request_duration_seconds_count", with(call, "http_response_status_code", "200")))
	require.Equal(t, "1", value("coreapi_client_call_duration_seconds_bucket", with(call, "le", "300")))
}

func includes(all, want map[string]string) bool {
	for name, value := range want {
		if all[name] != value {
			return false
		}
	}
	return true
}

func with(all map[string]string, name, value string) map[string]string {
	all = maps.Clone(all)
	all[name] = value
	return all
}

// docs is the page that has the alerts.
const docs = "../../docs/observability.md"

var (
	promQL   = regexp.MustCompile("(?s)```promql\n(.*?)```")
	selector = regexp.MustCompile(`([a-z_]+)\{([^}]*)\}`)
	matcher  = regexp.MustCompile(`([a-z_]+)(=|!=|=~|!~)"([^"]*)"`)
	grouping = regexp.MustCompile(`by \(([^)]*)\)`)
)

func TestEachAlertOfTheDocsFindsItsSeriesInWhatIsScraped(t *testing.T) {
	fake := coreapitest.New(coreapitest.WithUnsigned())
	base, client := service(t, fake, quick)
	calm := scrapeAlerts(t, base)
	require.Len(t, calm, 3)
	_, err := client.Clients.Info(t.Context())
	require.NoError(t, err)
	for _, found := range scrapeAlerts(t, base) {
		require.Empty(t, found, "nothing has gone wrong yet")
	}
	fake.Inject(coreapitest.Fault{Operation: "Devices.Save", Drop: coreapitest.DropAfter})
	_, err = client.Devices.Save(t.Context(), coreapi.DeviceInfo{DeviceID: "phone-1"})
	require.Error(t, err)
	fake.Inject(coreapitest.Fault{Operation: "Devices.Get", Status: 503, Times: 1000})
	for range 100 { // more than the budget pays for
		_, err = client.Devices.Get(t.Context(), "1")
		require.Error(t, err)
	}
	fake.SetClientStatus(coreapitest.Suspended)
	_, err = client.Clients.Info(t.Context())
	require.ErrorIs(t, err, coreapi.ErrContactAdmin)
	found := scrapeAlerts(t, base)
	require.Len(t, found[0], 1, "the admin has to act")
	require.Equal(t, "CLIENT_ACCOUNT_SUSPENDED", found[0][0].labels["error_type"])
	require.Len(t, found[1], 1, "the retry budget is spent")
	require.Equal(t, "Devices.Get", found[1][0].labels["coreapi_operation"])
	require.Len(t, found[2], 1, "a delivery is unknown")
	require.Equal(t, "Devices.Save", found[2][0].labels["coreapi_operation"])
}

// increase sees nothing of a series that has only just begun: without its second half an alert
// would miss the first failure of each process.
func TestEachAlertOfTheDocsFindsTheFirstFailureOfAProcess(t *testing.T) {
	page, err := os.ReadFile(docs)
	require.NoError(t, err)
	window, earlier := regexp.MustCompile(`\[(\w+)\]`), regexp.MustCompile(`unless .* offset (\w+)`)
	blocks := promQL.FindAllStringSubmatch(string(page), -1)
	require.Len(t, blocks, 3)
	for _, block := range blocks {
		looked, begun := window.FindStringSubmatch(block[1]), earlier.FindStringSubmatch(block[1])
		require.NotNil(t, looked, block[1])
		require.NotNil(t, begun, block[1])
		require.Equal(t, looked[1], begun[1], "both halves look as far back")
	}
}

// scrapeAlerts are, for each alert of the docs, the series that its selectors match. Each
// selector of an alert has to match the same, and what it groups by has to be there.
func scrapeAlerts(t *testing.T, base string) [][]series {
	t.Helper()
	page, err := os.ReadFile(docs)
	require.NoError(t, err)
	scraped := scrape(t, base)
	var alerts [][]series
	for _, block := range promQL.FindAllStringSubmatch(string(page), -1) {
		selectors := selector.FindAllStringSubmatch(block[1], -1)
		require.NotEmpty(t, selectors, block[1])
		var found []series
		for i, parts := range selectors {
			require.Equal(t, selectors[0][0], parts[0], "an alert that compares apples with pears")
			if i > 0 {
				continue
			}
			for _, s := range scraped {
				if s.name == parts[1] && matches(t, s.labels, parts[2]) {
					found = append(found, s)
				}
			}
		}
		for _, by := range grouping.FindAllStringSubmatch(block[1], -1) {
			for _, name := range strings.Split(by[1], ", ") {
				for _, s := range found {
					require.Contains(t, s.labels, name, block[1])
				}
			}
		}
		alerts = append(alerts, found)
	}
	return alerts
}

func matches(t *testing.T, labels map[string]string, matchers string) bool {
	t.Helper()
	all := matcher.FindAllStringSubmatch(matchers, -1)
	require.Len(t, all, strings.Count(matchers, `"`)/2, matchers)
	return !slices.ContainsFunc(all, func(m []string) bool {
		value, same := labels[m[1]], false
		if strings.Contains(m[2], "~") {
			same = regexp.MustCompile("^(?:" + m[3] + ")$").MatchString(value)
		} else {
			same = value == m[3]
		}
		return same == strings.HasPrefix(m[2], "!")
	})
}

package proof

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
	"github.com/stretchr/testify/require"
)

// gateway is an nginx of our own in front of a fake.
type gateway struct {
	fake   *coreapitest.Server
	plain  string // base URLs
	secure string
	log    string
	roots  *x509.CertPool
}

const nginxConfig = `
daemon off;
master_process off;
pid DIR/pid;
error_log DIR/error.log;
events {}
http {
  access_log DIR/access.log;
  client_body_temp_path DIR/body;
  proxy_temp_path DIR/proxy;
  fastcgi_temp_path DIR/fastcgi;
  uwsgi_temp_path DIR/uwsgi;
  scgi_temp_path DIR/scgi;
  client_max_body_size 1k;
  limit_req_zone $server_port zone=few:64k rate=1r/m;
  limit_req_status 429;
  proxy_read_timeout 10s;
  server {
    listen PLAIN;
    location /dead/ { proxy_pass http://DEAD/; }
    location /slow/ { proxy_pass http://FAKE/; proxy_read_timeout 100ms; }
    location /limited/ { limit_req zone=few; add_header Retry-After 7 always; proxy_pass http://FAKE/; }
    location / { proxy_pass http://FAKE; }
  }
  server {
    listen SECURE ssl http2;
    ssl_certificate DIR/cert.pem;
    ssl_certificate_key DIR/key.pem;
    keepalive_requests 20;
    location / { proxy_pass http://FAKE; }
  }
}
`

// startGateway fails the test where there is no nginx. .ci/proof installs it, or leaves
// out the tests that have Nginx in their name, and says so.
func startGateway(t *testing.T) *gateway {
	t.Helper()
	nginx, err := exec.LookPath("nginx")
	require.NoError(t, err, "nginx is not installed, so nothing in this test was proved. Debian: apt-get install nginx-light; to do without it: go test -skip Nginx")
	dir := t.TempDir()
	g := &gateway{fake: coreapitest.NewServer(t), log: filepath.Join(dir, "access.log"), roots: certificate(t, dir)}
	ports := freeAddresses(t, 3)
	g.plain, g.secure = "http://"+ports[0], "https://"+ports[1]
	config := strings.NewReplacer("DIR", dir, "PLAIN", ports[0], "SECURE", ports[1], "DEAD", ports[2], "FAKE", strings.TrimPrefix(g.fake.URL, "http://")).Replace(nginxConfig)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "nginx.conf"), []byte(config), 0o600))
	process := exec.Command(nginx, "-p", dir, "-c", filepath.Join(dir, "nginx.conf"))
	output := &strings.Builder{}
	process.Stdout, process.Stderr = output, output
	require.NoError(t, process.Start())
	t.Cleanup(func() {
		_ = process.Process.Kill()
		_ = process.Wait()
		if t.Failed() {
			errors, _ := os.ReadFile(filepath.Join(dir, "error.log"))
			t.Logf("nginx: %s%s", output, errors)
		}
	})
	eventually(t, "nginx listens", func() bool {
		conn, err := net.Dial("tcp", ports[0])
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	return g
}

// freeAddresses are not listened on.
func freeAddresses(t *testing.T, n int) []string {
	t.Helper()
	var addresses []string
	for range n {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer listener.Close()
		addresses = append(addresses, listener.Addr().String())
	}
	return addresses
}

// certificate writes one for 127.0.0.1, and returns who trusts it.
func certificate(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	for name, block := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: der}, "key.pem": {Type: "PRIVATE KEY", Bytes: keyDER}} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600))
	}
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	return pool
}

func (g *gateway) client(t *testing.T, base string) *coreapi.Client {
	t.Helper()
	tr := transport(t)
	tr.TLSClientConfig = &tls.Config{RootCAs: g.roots}
	quick := coreapi.WithRetryPolicy(coreapi.RetryPolicy{MaxAttempts: 3, BaseBackoff: 1, MaxBackoff: time.Millisecond, MaxRetryAfter: time.Second})
	return clientOf(t, signed(g.fake), base, tr, quick)
}

func save(ctx context.Context, c *coreapi.Client, info coreapi.DeviceInfo) error {
	_, err := c.Devices.Save(ctx, info)
	return err
}

// requireGatewayError is for nginx's own pages.
func requireGatewayError(t *testing.T, err error, status, attempts int, d coreapi.Delivery) *coreapi.Error {
	t.Helper()
	var e *coreapi.Error
	require.ErrorAs(t, err, &e)
	require.ErrorIs(t, err, coreapi.ErrUnknownCode)
	require.Equal(t, status, e.StatusCode, "%v", err)
	require.Equal(t, attempts, e.Attempts, "%v", err)
	require.Equal(t, d, e.Delivery, "%v", err)
	require.Contains(t, string(e.Body), "nginx", "it is nginx's own page")
	require.NotEmpty(t, e.RequestID, "the one that was sent")
	return e
}

func TestEveryOperationWorksThroughNginx(t *testing.T) {
	g := startGateway(t)
	g.fake.AddUser(coreapitest.User{Email: "a@example.com", Password: "password-1"})
	ctx := context.Background()
	for name, base := range map[string]string{"HTTP/1.1": g.plain, "HTTP/2 and TLS": g.secure} {
		t.Run(name, func(t *testing.T) {
			c := g.client(t, base)
			_, err := c.Clients.Info(ctx)
			require.NoError(t, err)
			_, err = c.Users.Login(ctx, coreapi.LoginRequest{Email: "a@example.com", Password: "password-1"})
			require.NoError(t, err)
			session, err := c.Users.StartLogin(ctx)
			require.NoError(t, err)
			g.fake.CompleteLogin(session.ReqToken, "a@example.com")
			status, err := c.Users.WaitForLogin(ctx, session.ReqToken)
			require.NoError(t, err)
			require.Equal(t, coreapi.LoginSucceeded, status.State)
			device, err := c.Devices.Save(ctx, coreapi.DeviceInfo{DeviceID: "of " + name})
			require.NoError(t, err)
			_, err = c.Devices.Get(ctx, device.ID)
			require.NoError(t, err)
		})
	}
}

func TestNginxs502IsRetriedForAGETAndNotForAPOST(t *testing.T) {
	g := startGateway(t)
	c := g.client(t, g.plain+"/dead")
	_, err := c.Clients.Info(context.Background())
	requireGatewayError(t, err, 502, 3, coreapi.DeliveryUnknown)
	err = save(context.Background(), c, coreapi.DeviceInfo{DeviceID: "d"})
	requireGatewayError(t, err, 502, 1, coreapi.DeliveryUnknown)
	require.Contains(t, err.Error(), "look before you send it again")
}

func TestNginxs504IsNotRetriedForAPOSTThatTheAPIHandled(t *testing.T) {
	g := startGateway(t)
	g.fake.Inject(coreapitest.Fault{Delay: time.Second, Times: -1})
	c := g.client(t, g.plain+"/slow")
	err := save(context.Background(), c, coreapi.DeviceInfo{DeviceID: "d"})
	requireGatewayError(t, err, 504, 1, coreapi.DeliveryUnknown)
	require.Equal(t, map[string]int{"d": 1}, arrivals(g.fake))
	_, err = c.Clients.Info(context.Background())
	requireGatewayError(t, err, 504, 3, coreapi.DeliveryUnknown)
	require.True(t, coreapi.IsRetryable(err))
}

func TestNginxs413IsARefusal(t *testing.T) {
	g := startGateway(t)
	c := g.client(t, g.plain)
	for _, size := range []int{2 << 10, 1 << 20} { // nginx may answer before it has read a large one
		err := save(context.Background(), c, coreapi.DeviceInfo{DeviceID: "d", Name: strings.Repeat("n", size)})
		requireGatewayError(t, err, 413, 1, coreapi.DeliveryRejected)
	}
	require.Empty(t, g.fake.Requests())
}

func TestNginxs429IsWaitedForNoLongerThanMaxRetryAfter(t *testing.T) {
	g := startGateway(t)
	c := g.client(t, g.plain+"/limited")
	_, err := c.Clients.Info(context.Background())
	require.NoError(t, err)
	start := time.Now()
	err = save(context.Background(), c, coreapi.DeviceInfo{DeviceID: "d"})
	e := requireGatewayError(t, err, 429, 1, coreapi.DeliveryRejected)
	require.Equal(t, 7*time.Second, e.RetryAfter)
	require.True(t, coreapi.IsRetryable(err))
	require.Less(t, time.Since(start), 5*time.Second, "nothing was waited for")
	require.Empty(t, arrivals(g.fake))
}

func TestACallThatItsCallerCancelsIsA499InNginxsLog(t *testing.T) {
	g := startGateway(t)
	g.fake.Inject(coreapitest.Fault{Delay: time.Minute})
	c := g.client(t, g.plain)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- save(ctx, c, coreapi.DeviceInfo{DeviceID: "d"}) }()
	eventually(t, "the request arrives", func() bool { return len(g.fake.Requests()) == 1 })
	cancel()
	err := <-done
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, err, coreapi.ErrClientClosedRequest)
	eventually(t, "nginx logs a 499", func() bool {
		log, _ := os.ReadFile(g.log)
		return strings.Contains(string(log), `" 499 `)
	})
	require.Equal(t, map[string]int{"d": 1}, arrivals(g.fake))
}

func TestNoCallFailsOrComesTwiceWhereNginxEndsItsConnections(t *testing.T) {
	g := startGateway(t) // it ends an HTTP/2 connection by GOAWAY after 20 requests
	c := g.client(t, g.secure)
	result := run(context.Background(), 8, 640, func(int) *coreapi.Client { return c })
	t.Log(result)
	require.Zero(t, result.failedGETs+result.failedPOSTs, fmt.Sprint(result.getErrors))
	result.requireHonest(t, g.fake)
	require.Len(t, arrivals(g.fake), 320)
}

package main

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"

	"github.com/fypass/coreapi-go/internal/check"
)

// onlyHosts refuses a request that names another host than the sandbox's: a page whose own
// name leads to this machine (DNS rebinding) could script the sandbox, and would be what
// a login's URL leads to.
func onlyHosts(where address, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if host := hostWithoutPort(r.Host); !where.answersTo(host) {
			text := fmt.Sprintf(`the Host "%s" is not the sandbox's: use the URL that it printed, or name the host in -addr`, shown(host))
			writeJSON(w, http.StatusMisdirectedRequest, controlError{text})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// answersTo says whether a request may name host. To loopback only its own names lead.
// Where other machines are let in, so do addresses, which nobody's DNS can turn elsewhere,
// names without a dot, which no public DNS has, this machine's name, and the host of -addr.
func (a address) answersTo(host string) bool {
	switch {
	case check.Loopback(host):
		return true
	case !a.isOpen() || host == "":
		return false
	case strings.EqualFold(host, a.host) || !strings.Contains(host, "."):
		return true
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	own, err := os.Hostname()
	return err == nil && strings.EqualFold(host, own)
}

func hostWithoutPort(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
}

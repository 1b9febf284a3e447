module weight/nethttp

go 1.26.0

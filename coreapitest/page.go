package coreapitest

import "net/http"

func (f *fake) page(r *http.Request, in body) answer { return notFound() }

// Command nethttp is the smallest client without an SDK.
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
)

func main() {
	resp, err := http.Get("https://api.example.com/client")
	if err != nil {
		panic(err)
	}
	defer resp.Body.Close()
	var info struct{ Name string }
	fmt.Println(json.NewDecoder(resp.Body).Decode(&info), info.Name)
}

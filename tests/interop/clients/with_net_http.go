// Go's net/http.
package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"strings"
)

const api = "https://api.branch.io"

type object = map[string]any

var client = http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
	return http.ErrUseLastResponse
}}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func read(reply *http.Response) []byte {
	defer reply.Body.Close()
	return must(io.ReadAll(reply.Body))
}

func parse(text []byte) (found object) {
	if err := json.Unmarshal(text, &found); err != nil {
		log.Fatal(err, string(text))
	}
	return found
}

func post(path string, body object) object {
	text := must(json.Marshal(body))
	return parse(read(must(client.Post(api+path, "application/json", bytes.NewReader(text)))))
}

func main() {
	key := os.Getenv("BRANCH_KEY")
	data := object{"$desktop_url": "https://example.com/"}
	made := post("/v1/url", object{"branch_key": key, "channel": "email", "data": data})["url"].(string)
	query := url.Values{"url": {made}, "branch_key": {key}}
	view := parse(read(must(client.Get(api + "/v1/url?" + query.Encode()))))
	click := must(client.Get(made))
	read(click)
	export := post("/v2/export", object{
		"branch_key": key, "branch_secret": os.Getenv("BRANCH_SECRET"), "export_date": os.Getenv("EXPORT_DATE"),
	})
	file := export["links_export_url"].([]any)[0].(string)
	unpacked := must(gzip.NewReader(bytes.NewReader(read(must(client.Get(file))))))
	columns := strings.TrimSpace(must(bufio.NewReader(unpacked).ReadString('\n')))
	told := object{
		"made": made, "channel": view["channel"], "location": click.Header.Get("Location"),
		"file": file, "columns": columns,
	}
	os.Stdout.Write(append(must(json.Marshal(told)), '\n'))
}

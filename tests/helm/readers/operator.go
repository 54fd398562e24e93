package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
)

// operator reads objects, one document of JSON after the other, into the operator's own types.
func operator(from io.Reader) error {
	documents := json.NewDecoder(from)
	count := 0
	for documents.More() {
		var document json.RawMessage
		if err := documents.Decode(&document); err != nil {
			return err
		}
		if err := read(document); err != nil {
			return err
		}
		count++
	}
	fmt.Println(count)
	return nil
}

func read(document json.RawMessage) error {
	var object struct{ Kind string }
	if err := json.Unmarshal(document, &object); err != nil {
		return err
	}
	known := map[string]any{
		"PodMonitor":     &monitoring.PodMonitor{},
		"PrometheusRule": &monitoring.PrometheusRule{},
	}
	into, ok := known[object.Kind]
	if !ok {
		return fmt.Errorf("kind %q is none of the operator's", object.Kind)
	}
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

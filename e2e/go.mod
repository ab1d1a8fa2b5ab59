module github.com/airstrip-dev/airstrip/e2e

go 1.26.0

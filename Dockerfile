# The container form of the KRM function (docs/kustomize.md), and the image of the
# Argo CD plugin, which finds the program on PATH (docs/argocd.md).
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o /out/usr/local/bin/airstrip ./cmd/airstrip && mkdir -m 1777 /out/tmp

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/ /
USER 65534:65534
ENTRYPOINT ["/usr/local/bin/airstrip", "fn"]

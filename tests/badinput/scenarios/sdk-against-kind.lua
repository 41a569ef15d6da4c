-- A release of the other kind.
return scenario {
  topology = { nodes = 1 },
  story = function(w)
    w:fleet { kind = "nacos-client-1", sdk = "2.4" }
  end,
}

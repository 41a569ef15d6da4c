-- 1 bounded_traffic: three nodes report every two seconds
return scenario {
  topology = { nodes = 3 },
  always   = { checks.bounded_traffic { bytes_per_s = kib(1) } },
  story    = function(w)
    local a, b, c = w:nodes()
    wait(s(10))
  end,
}

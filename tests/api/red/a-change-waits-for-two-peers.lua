-- 1 bounded_queue: one change is two delayed tasks
return scenario {
  topology = { nodes = 3 },
  always   = { checks.bounded_queue { pending = 1 } },
  story    = function(w)
    local a, b, c = w:nodes()
    local k = w:client { server = a }
    expect(k:register { service = "x" }, "refused")
    wait(s(2))
  end,
}

-- API.md 4: w:slow without a duration lasts until the node boots again.
return scenario {
  topology = { nodes = 2 },
  must_see = { "node.slow" },
  story    = function(w)
    local a, b = w:nodes()
    local k = w:client { server = a }
    local function took()
      local asked = now()
      expect(k:register { service = "x" }, "refused")
      return now() - asked
    end
    expect(took() < ms(1), "a request costs nothing")
    w:slow(a, 101)
    expect(took() > ms(100), "it costs 100 ms")
    wait(hours(1))
    expect(took() > ms(100), "and still does")
    w:restart(a)
    wait(s(10))
    k:connect(a)
    expect(took() < ms(1), "the new process is not slow")
    expect(b:alive())
  end,
}

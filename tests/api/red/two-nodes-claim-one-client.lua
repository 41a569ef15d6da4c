-- 1 one_owner: a believes that it is alone
return scenario {
  topology = { nodes = 3 },
  always   = { checks.one_owner {} },
  story    = function(w)
    local a, b, c = w:nodes()
    local k = w:client { server = b, kind = "nacos-client-1", ip = "10.1.0.7" }
    expect(k:register { service = "x" }, "refused")
    w:set_members(a, { a })
    wait(s(60))
  end,
}

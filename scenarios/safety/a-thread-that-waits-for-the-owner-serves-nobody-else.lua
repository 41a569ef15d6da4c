-- While a server waits for the answer to a write that it has passed on, the thread which does so serves no other request.
-- One thread, one write for a client of the other server, whose answer comes 1.5 s late: a second write, which the
-- first server could carry out by itself, is answered after that (DistroFilter, PROTOCOL.md 2.4).
return scenario {
  params   = { late = s(1.5) },
  topology = {
    nodes = 2, clients = "nacos-client-1",
    settings = { ["distrosim.httpCost"] = ms(1), ["server.tomcat.threads.max"] = 1 },
  },
  must_see = { "write.forwarded" },

  story = function(w, p)
    local a, b = w:nodes()
    local own, passed_on
    for i = 1, 40 do -- an address decides who owns a client
      local k = w:client { server = a }
      expect(k:register { service = "shop" }, "refused")
      if a:owns("10.128.0." .. i .. ":8080") then own = k else passed_on = k end
    end
    expect(own and passed_on, "all clients belong to one server")

    step "one write waits for b, and another behind it"
    w:intercept { from = a, to = b, op = "FORWARD", nth = "all", action = "delay_reply", by = p.late }
    local first = passed_on:post "update" { service = "shop", weight = 2 }
    wait(ms(10))
    local from = now()
    expect(own:update { service = "shop", weight = 2 }, "refused")
    expect(first:done() and now() - from >= p.late - ms(10), "the second was served while the first waited")
  end,
}

-- Servers restart one after the other, half a minute apart: no consumer is without providers.
-- A server takes 10 s to start. A consumer keeps its list while it moves to another server, and that one answers with all
-- that it lists.
return scenario {
  params   = { pause = s(30) },
  topology = { nodes = 3, lan = { rtt = ms(1) }, settings = { ["distrosim.startTime"] = s(10) } },
  must_see = { "node.boot", "client.redo" },
  story = function(w, p)
    w:fleet { name = "shops", clients = 30, services = 1, over = s(1) }
    wait(s(10))
    local consumer = w:client { name = "cart-1", subscribe = "shops.svc-1" }
    wait(s(5))
    local function seen() return #consumer:sees "shops.svc-1" end
    local empty, short = watch(function() return seen() == 0 end), watch(function() return seen() < 30 end)

    for _, server in ipairs { w:nodes() } do
      step("restart " .. server.name)
      w:restart(server)
      wait(p.pause)
    end
    eventually(s(30), function() return w:converged() end, "all agree")
    wait(s(10))
    for _, server in ipairs { w:nodes() } do log(server.name, "has", server:state().owned, "clients") end

    local function total(spans)
      local sum = s(0)
      for _, span in ipairs(spans) do sum = sum + ((span.to or now()) - span.from) end
      return sum
    end
    measure("the consumer's list was short for", total(short:spans()))
    measure("the consumer's list was empty for", total(empty:spans()))
    expect(#empty:spans() == 0, "the consumer was without providers")
  end,
}

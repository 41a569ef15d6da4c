-- A client of the 2.x SDK cannot connect to a server of 1.x: there is no gRPC port.
-- It goes on trying; once the server has been upgraded it connects and registers what it was asked to.
local bounds = require "bounds"

return scenario {
  topology = { nodes = 2, profile = "nacos-1.4", profiles = { n1 = "nacos-1.4", n2 = "nacos-1.4" }, lan = { rtt = ms(1) } },
  must_see = { "message.refused", "client.failed", "node.boot" },

  story = function(w)
    local a, b = w:nodes()
    step "it registers in vain, and a client of 1.x does well"
    local new = w:client { name = "new", kind = "nacos-client-2", server = a }
    local old = w:client { name = "old", kind = "nacos-client-1", server = a }
    local ok, why = new:register { service = "shop" }
    expect(not ok, "a server of 1.x took a connection")
    log("the 2.x SDK says", why)
    expect(old:register { service = "shop" }, "the 1.x client was refused")
    wait(bounds.push_v1)
    expect(#a:instances("shop") == 1, "a lists something else than the 1.x client's")

    step "both servers are upgraded"
    w:upgrade(a, "nacos-2.3")
    w:upgrade(b, "nacos-2.3")
    eventually(s(40), function() return w:converged() and a:knows(new) and a:knows(old) end, "both are listed")
  end,
}

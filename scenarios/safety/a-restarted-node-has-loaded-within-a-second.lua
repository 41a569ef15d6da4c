-- A node that restarts among healthy peers has loaded within a second, at its first attempt.
-- It connects to its peers first (three round trips) and then asks for the snapshot (one more); only a
-- first attempt that fails would cost 30 s. (It did in Nacos before 2.2.1: issue 9837.) A node that loads from all
-- (distrosim.loadFromAll) asks each of its peers once.
local shops = require "shops"

return scenario {
  params   = { shops = 30 },
  topology = function() return { nodes = 3, lan = { rtt = between(us(300), ms(5)) } } end,
  must_see = { "node.boot", "snapshot.served", "node.loaded" },
  always   = { checks.no_lost_instances {}, checks.view_matches_store {} },

  story = function(w, p)
    local a, b, c = w:nodes()
    step "shops are open on all nodes"
    local open = shops.open(w, { count = p.shops, name = "shop", service = "shop", servers = { a, b, c } })
    wait(between(s(6), s(12)))

    step "each node restarts, and has loaded a second later"
    for _, n in ipairs { a, b, c } do
      w:restart(n)
      eventually(s(1), function() return n:state().initialised end, n.name .. " has loaded")
      local asked = setting "distrosim.loadFromAll" and 2 or 1
      expect(n:counters().load_attempts <= asked, n.name .. " needed more than one attempt")
      wait(between(s(10), s(16)))
    end
    expect(w:all_know(open), "somebody lacks a shop")
  end,
}

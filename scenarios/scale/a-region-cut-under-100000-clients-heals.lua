-- Nine servers in three regions under 100,000 clients: a region is cut off for half a minute, and all agree soon after.
-- The push and VERIFY of 100,000 clients run into the cut: what waits is one task per client that changed and peer,
-- not one per attempt. After the heal: reconnect, report, retry (bounds.after_heal).
local bounds = require "bounds"

return scenario {
  params = { servers = 3, clients = 100000, services = 6000, fill = s(40), cut_for = s(30), rate = per_second(10) },
  topology = function(p)
    return {
      sites = { asia = p.servers, europe = p.servers, america = p.servers },
      lan = { rtt = us(500) }, wan = { rtt = ms(150) },
    }
  end,
  must_see = { "link.cut", "link.heal", "sync.failed", "sync.retried", "verify.failed" },
  always = function(p)
    local heal = bounds.after_heal(p.cut_for, 3 * p.servers, ms(150))
    return { checks.no_lost_instances { grace = bounds.push(ms(75)), gap = s(0), heal = heal }, checks.no_native_expiry {} }
  end,
  story = function(w, p)
    local fleet = w:fleet { name = "fleet", clients = p.clients, services = p.services, spread = "zipf",
                            sites = { asia = 1, europe = 1, america = 1 }, over = p.fill }
    wait(p.fill + s(2))
    eventually(bounds.push(ms(75)), function() return w:converged() end, "everybody known everywhere")
    fleet:churn { register = p.rate, update = p.rate, for_ = p.cut_for + s(5) }
    wait(s(5))
    step "asia is cut off"
    local outside = {}
    for _, site in ipairs { "europe", "america" } do
      for _, n in ipairs(w:site(site)) do outside[#outside + 1] = n end
    end
    w:partition(w:site "asia", outside)
    wait(p.cut_for)
    local waiting = 0
    for _, n in ipairs { w:nodes() } do waiting = waiting + n:state().pending end
    measure("tasks that wait for the heal", waiting)
    -- Of the changes since the cut a third cannot reach the two regions outside, the others not asia.
    local changes = 2 * (p.rate / per_second(1)) * (p.cut_for / s(1))
    expect(waiting < 1.3 * changes * (2 / 3 + 2 / 3) * p.servers, "more wait than one per change and peer")
    w:heal()
    local healed = now()
    eventually(bounds.after_heal(p.cut_for, 3 * p.servers, ms(150)), function() return w:converged() end, "all agree")
    measure("right everywhere after the heal", now() - healed)
  end,
}

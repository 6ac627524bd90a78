"""Physical constants, and the natural units in which the axion formulas are written.

Values: CODATA 2018 (Rev. Mod. Phys. 93, 025010), IAU 2015 resolution B3 for the Sun.
"""

from __future__ import annotations

FINE_STRUCTURE = 7.2973525693e-3
ELECTRON_MASS_EV = 510998.95
BOLTZMANN_EV_PER_K = 8.617333262e-5
HBAR_C_EV_M = 1.973269804e-7
HBAR_EV_S = 6.582119569e-16
AVOGADRO_PER_MOL = 6.02214076e23
GAS_CONSTANT_J_PER_MOL_K = 8.314462618
ATOMIC_MASS_G = 1.66053906660e-24
ERG_PER_KEV = 1.602176634e-9

#: One tesla in eV^2, Heaviside-Lorentz units (alpha = e^2 / 4 pi).
TESLA_EV2 = 195.35278
#: One metre in 1/eV.
METRE_PER_EV = 1.0 / HBAR_C_EV_M
#: One centimetre in 1/eV.
CENTIMETRE_PER_EV = 0.01 / HBAR_C_EV_M

AU_CM = 1.495978707e13
SUN_RADIUS_CM = 6.957e10
SUN_LUMINOSITY_ERG_PER_S = 3.828e33

#: The coupling g_ag, in 1/GeV, to which every flux and count of this package refers.
G10_PER_GEV = 1e-10
#: The same coupling to the fourth power: the unit of g^4 in the likelihoods.
G10_4_PER_GEV4 = 1e-40
EV_PER_GEV = 1e9
SECONDS_PER_DAY = 86400.0
